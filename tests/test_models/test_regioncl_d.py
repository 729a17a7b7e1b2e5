import copy

import pytest
import torch
from algorithms import build, views
from mmengine.runner import Runner
from mmpretrain.engine.hooks import DenseCLHook
from reference import (
    assert_same_gradients,
    composites,
    info_nce,
    pooled,
    region_loss,
)
from torch.nn.functional import normalize

CLOSE = dict(rtol=1e-9, atol=1e-9)


def dense_pairs(q_map, k_map, q_cells, k_cells):
    """DenseCL, section 3.3, cell by cell."""
    anchors, positives = [], []
    for i in range(len(q_map)):
        for cell in range(q_map.shape[2]):
            similarities = [
                torch.cosine_similarity(
                    q_map[i, :, cell], k_map[i, :, other], dim=0
                )
                for other in range(k_map.shape[2])
            ]
            best = int(torch.stack(similarities).argmax())
            anchors.append(q_cells[i, :, cell])
            positives.append(k_cells[i, :, best])
    return normalize(torch.stack(anchors)), normalize(torch.stack(positives))


def reference_losses(model, im_q, im_k, region, partner):
    """Algorithm 2; at the first step the momentum encoder is the online."""
    backbone, neck = model.backbone, model.neck
    features = backbone(composites(im_q, region, partner))[0]
    canvas, paste = (neck.mlp(part) for part in pooled(features, region))
    q_map = backbone(im_q)[0]
    q = normalize(neck.mlp(pooled(q_map)))
    q_cells = neck.mlp2(q_map).flatten(2)
    with torch.no_grad():
        k_map = copy.deepcopy(backbone)(im_k)[0]
        k = normalize(neck.mlp(pooled(k_map)))
        k_cells = neck.mlp2(k_map)
        k_dense = normalize(pooled(k_cells))
        k_cells = k_cells.flatten(2)
    pairs = dense_pairs(q_map.flatten(2), k_map.flatten(2), q_cells, k_cells)
    queue, dense_queue = model.queue.clone(), model.queue2.clone()
    losses = dict(
        loss_instance=info_nce(q, k, queue, 0.2),
        loss_dense=info_nce(*pairs, dense_queue, 0.2),
        loss_region=region_loss(canvas, paste, k, queue, partner, 0.2),
    )
    return losses, k, k_dense


def test_a_step_equals_algorithm_2_written_out():
    torch.manual_seed(0)
    model = build('d', loss_lambda=0.5).double()
    reference = copy.deepcopy(model)
    im_q, im_k = (view.double() for view in views(3))
    torch.manual_seed(7)
    losses = model.loss([im_q, im_k], None)
    sum(losses.values()).backward()

    torch.manual_seed(7)
    drawn = reference.region_branch.draw(im_q)
    expected, k, k_dense = reference_losses(reference, im_q, im_k, *drawn)
    sum(expected.values()).backward()

    assert losses.keys() == expected.keys()
    for name, loss in losses.items():
        torch.testing.assert_close(loss, expected[name], msg=name, **CLOSE)
    assert_same_gradients(model, reference, **CLOSE)
    for queue, pointer, keys in (
        (model.queue, model.queue_ptr, k),
        (model.queue2, model.queue2_ptr, k_dense),
    ):
        torch.testing.assert_close(queue[:, :3], keys.t(), **CLOSE)
        assert pointer.item() == 3


@pytest.mark.parametrize(
    'loss_lambda, dense', [(0.5, 1), (0.2, 0.25), (0, 0), (0.75, 3)]
)
def test_lambda_is_the_ratio_of_dense_to_instance(loss_lambda, dense):
    """(1 - λ) L_ins + λ L_dense, divided by 1 - λ."""
    torch.manual_seed(0)
    plain = build('d', loss_lambda=0.5)
    model = build('d', loss_lambda=loss_lambda)
    model.load_state_dict(plain.state_dict())
    torch.manual_seed(1)
    unit = plain.loss(views(), None)
    torch.manual_seed(1)
    losses = model.loss(views(), None)
    for name, weight in (('instance', 1), ('region', 1), ('dense', dense)):
        torch.testing.assert_close(
            losses[f'loss_{name}'], weight * unit[f'loss_{name}']
        )


def test_each_loss_has_a_weight():
    torch.manual_seed(0)
    plain = build('d', loss_lambda=0.5)
    weights = dict(instance=2.0, region=3.0, dense=5.0)
    for given in (weights, dict(region=3.0)):
        model = build('d', loss_lambda=0.5, loss_weights=given)
        model.load_state_dict(plain.state_dict())
        other = copy.deepcopy(plain)
        torch.manual_seed(1)
        unit = other.loss(views(), None)
        torch.manual_seed(1)
        for name, loss in model.loss(views(), None).items():
            weight = given.get(name[len('loss_') :], 1)
            torch.testing.assert_close(loss, weight * unit[name])


def test_a_weight_of_nothing_is_refused():
    with pytest.raises(ValueError, match="'regions'.*instance, region, dense"):
        build('d', loss_weights=dict(regions=1))


def test_no_instance_loss_is_refused_with_regions():
    with pytest.raises(ValueError, match='loss_lambda=1 '):
        build('d', loss_lambda=1)
    build('d', loss_lambda=1, region_branch=None)


def test_densecls_hook_holds_the_dense_loss_back(tmp_path):
    """Through mmengine's runner: no dense loss for two of four steps."""
    seen = []
    model = build('d', loss_lambda=0.5)
    forward = model.loss

    def loss(inputs, data_samples, **kwargs):
        losses = forward(inputs, data_samples)
        seen.append({name: value.item() for name, value in losses.items()})
        return losses

    model.loss = loss
    samples = [
        dict(inputs=[v[0] for v in views(1, s)], data_samples=s)
        for s in range(8)
    ]
    Runner(
        model=model,
        work_dir=str(tmp_path),
        train_dataloader=dict(
            batch_size=2,
            dataset=samples,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        custom_hooks=[DenseCLHook(start_iters=2)],
        default_scope='mmpretrain',
        experiment_name=tmp_path.name,
        log_level='ERROR',
    ).train()
    assert [losses['loss_dense'] > 0 for losses in seen] == [
        False,
        False,
        True,
        True,
    ]
    assert all(losses['loss_region'] > 0 for losses in seen)
