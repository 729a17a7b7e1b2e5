import copy

import pytest
import torch
from mmpretrain.models.selfsup import MoCo
from torch import nn
from torch.nn.functional import normalize

from regioncl_mm.models import RegionCLM

BATCH = 4


def config(**changes):
    cfg = dict(
        backbone=dict(
            type='ResNet_CIFAR',
            depth=18,
            in_channels=1,
            stem_channels=4,
            base_channels=4,
            num_stages=3,
            strides=(1, 2, 2),
            dilations=(1, 1, 1),
            out_indices=(2,),
        ),
        neck=dict(
            type='MoCoV2Neck', in_channels=16, hid_channels=16, out_channels=8
        ),
        head=dict(
            type='ContrastiveHead',
            loss=dict(type='CrossEntropyLoss'),
            temperature=0.2,
        ),
        queue_len=16,
        feat_dim=8,
        momentum=0.01,
    )
    cfg.update(changes)
    return copy.deepcopy(cfg)


def region_branch(**changes):
    return dict(type='RegionBranch', stride=4, **changes)


def views(batch=BATCH, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randn(batch, 1, 28, 28, generator=generator) for _ in range(2)
    ]


@pytest.fixture
def pair():
    """mmpretrain's MoCo and ours without regions, with equal weights."""
    torch.manual_seed(0)
    base = MoCo(**config())
    ours = RegionCLM(region_branch=None, **config())
    ours.load_state_dict(base.state_dict(), strict=True)
    return base, ours


def test_without_regions_three_steps_equal_moco(pair):
    base, ours = pair
    optimizers = [
        torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for model in pair
    ]
    for step in range(3):
        losses = []
        for model, optimizer in zip(pair, optimizers):
            optimizer.zero_grad()
            loss = sum(model.loss(views(seed=step), None).values())
            loss.backward()
            losses.append(loss)
        torch.testing.assert_close(*losses, rtol=1e-6, atol=1e-6)
        for a, b in zip(base.parameters(), ours.parameters()):
            if a.requires_grad:
                torch.testing.assert_close(
                    a.grad, b.grad, rtol=1e-4, atol=1e-6
                )
        for optimizer in optimizers:
            optimizer.step()
    for name, tensor in base.state_dict().items():
        torch.testing.assert_close(
            tensor, ours.state_dict()[name], rtol=1e-4, atol=1e-5, msg=name
        )


def test_state_dict_keys_are_mocos():
    base = MoCo(**config())
    ours = RegionCLM(region_branch=region_branch(), **config())
    assert list(base.state_dict()) == list(ours.state_dict())
    ours.load_state_dict(base.state_dict(), strict=True)
    base.load_state_dict(ours.state_dict(), strict=True)


def test_a_step_equals_algorithm_1_written_out():
    torch.manual_seed(0)
    model = RegionCLM(region_branch=region_branch(), **config()).double()
    im_q, im_k = (view.double() for view in views(BATCH))
    queue = model.queue.clone()
    reference = copy.deepcopy(model)

    torch.manual_seed(7)
    losses = model.loss([im_q, im_k], None)
    sum(losses.values()).backward()

    torch.manual_seed(7)
    region, partner = model.region_branch.draw(im_q)
    top, left = 4 * region.top, 4 * region.left
    bottom, right = top + 4 * region.height, left + 4 * region.width

    def encode(backbone, neck, images, mask=None):
        features = backbone(images)[0]
        if mask is None:
            mask = torch.ones(7, 7, dtype=torch.float64)
        pooled = (features * mask).sum((2, 3)) / mask.sum()
        return normalize(neck.mlp(pooled))

    def contrast(anchor, key, rival=None):
        logits = [(anchor * key).sum(1, keepdim=True), anchor @ queue]
        if rival is not None:
            logits.append((anchor * rival.detach()).sum(1, keepdim=True))
        return -(torch.cat(logits, 1) / 0.2).log_softmax(1)[:, 0].mean()

    composite = im_q.clone()
    for i in range(BATCH):
        composite[i, :, top:bottom, left:right] = im_q[
            partner[i], :, top:bottom, left:right
        ]
    inside = torch.zeros(7, 7, dtype=torch.float64)
    inside[top // 4 : bottom // 4, left // 4 : right // 4] = 1
    online = reference.backbone, reference.neck
    q = encode(*online, im_q)
    # One forward of the composite serves both regions.
    features = reference.backbone(composite)[0]
    c, p = (
        normalize(
            reference.neck.mlp((features * mask).sum((2, 3)) / mask.sum())
        )
        for mask in (1 - inside, inside)
    )
    with torch.no_grad():  # the first update of the EMA copies the weights
        k = encode(*copy.deepcopy(online), im_k)
    instance = contrast(q, k)
    region_loss = (contrast(p, k[partner], c) + contrast(c, k, p)) / 2
    (instance + region_loss).backward()

    assert losses.keys() == {'loss_instance', 'loss_region'}
    close = dict(rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(losses['loss_instance'], instance, **close)
    torch.testing.assert_close(losses['loss_region'], region_loss, **close)
    for (name, a), b in zip(model.named_parameters(), reference.parameters()):
        if a.requires_grad:
            torch.testing.assert_close(a.grad, b.grad, **close, msg=name)
    torch.testing.assert_close(model.queue[:, :BATCH], k.t(), **close)
    assert torch.equal(model.queue[:, BATCH:], queue[:, BATCH:])
    assert model.queue_ptr.item() == BATCH


def test_the_momentum_encoder_moves_before_it_encodes_and_has_no_gradient():
    torch.manual_seed(0)
    model = RegionCLM(region_branch=region_branch(), **config())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    online = nn.Sequential(model.backbone, model.neck)
    expected = [p.detach().clone() for p in online.parameters()]
    for step in range(2):
        optimizer.zero_grad()
        sum(model.loss(views(seed=step), None).values()).backward()
        if step == 1:
            expected = [
                0.99 * old + 0.01 * new.detach()
                for old, new in zip(expected, online.parameters())
            ]
        for key, want in zip(model.encoder_k.module.parameters(), expected):
            torch.testing.assert_close(key, want)
            assert key.grad is None and not key.requires_grad
        optimizer.step()


def test_any_batch_fits_any_queue():
    model = RegionCLM(region_branch=region_branch(), **config(queue_len=7))
    for batch in (2, 5, 9, 3):
        model.loss(views(batch), None)
    assert model.queue_ptr.item() == (2 + 5 + 9 + 3) % 7
    torch.testing.assert_close(model.queue.norm(dim=0), torch.ones(7))


def test_what_hooks_see_holds_no_graph():
    model = RegionCLM(region_branch=region_branch(), **config())
    model.loss(views(), None)
    q, k, regions = model.observed
    assert not any(
        t.requires_grad for t in (q, k, regions.canvas, regions.paste)
    )


def test_a_batch_of_one_is_refused_and_changes_nothing():
    model = RegionCLM(region_branch=region_branch(), **config())
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match='batch of 1'):
        model.loss(views(1), None)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_a_misspelt_argument_raises():
    with pytest.raises(TypeError, match='region_brnch'):
        RegionCLM(region_brnch=None, **config())


def test_bfloat16_autocast_trains():
    torch.manual_seed(0)
    model = RegionCLM(region_branch=region_branch(), **config())
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = model.loss(views(), None)
    assert all(loss.dtype == torch.float32 for loss in losses.values())
    sum(losses.values()).backward()
    assert all(
        p.grad.isfinite().all() for p in model.parameters() if p.requires_grad
    )


def test_the_papers_values_are_the_defaults():
    model = RegionCLM(region_head=dict(temperature=0.1), **config())
    branch, head = model.region_branch, model.region_head
    assert (branch.stride, branch.min_cells, branch.max_cells) == (32, 3, 5)
    assert branch.swap and head.use_intra_negative
    assert head.temperature == 0.1
