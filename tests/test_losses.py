import math

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from regioncl_mm.losses import (
    Contrast,
    chunked_info_nce,
    contrast_all,
    contrast_with_queue,
)


def unit(*shape):
    return normalize(torch.randn(*shape, dtype=torch.float64), dim=-1)


def written_out(anchors, positives, queue, temperature, rivals=None):
    """Eq. 1, or a line of Eq. 2 with rivals, term by term."""

    def exp_similarity(a, b):
        dot = sum(x * y for x, y in zip(a.tolist(), b.tolist()))
        return math.exp(dot / temperature)

    total = 0.0
    for i in range(len(anchors)):
        positive = exp_similarity(anchors[i], positives[i])
        denominator = positive
        for j in range(queue.shape[1]):
            denominator += exp_similarity(anchors[i], queue[:, j])
        if rivals is not None:
            denominator += exp_similarity(anchors[i], rivals[i])
        total -= math.log(positive / denominator)
    return total / len(anchors)


@pytest.mark.parametrize('with_rivals', [False, True])
def test_equals_the_equation_written_out(with_rivals):
    torch.manual_seed(0)
    anchors, positives, rivals = unit(5, 8), unit(5, 8), unit(5, 8)
    queue = unit(11, 8).t()
    if not with_rivals:
        rivals = None
    loss = contrast_with_queue(anchors, positives, queue, 0.2, rivals)
    expected = written_out(anchors, positives, queue, 0.2, rivals)
    assert loss.item() == pytest.approx(expected, abs=1e-10)


def test_rivals_count_only_where_asked():
    torch.manual_seed(0)
    anchors, positives, rivals = unit(4, 8), unit(4, 8), unit(4, 8)
    queue = unit(6, 8).t()
    has_rival = torch.tensor([True, False, True, False])
    loss = contrast_with_queue(
        anchors, positives, queue, 0.2, rivals, has_rival
    )
    rows = [
        written_out(
            anchors[i : i + 1],
            positives[i : i + 1],
            queue,
            0.2,
            rivals[i : i + 1] if has_rival[i] else None,
        )
        for i in range(4)
    ]
    assert loss.item() == pytest.approx(sum(rows) / 4, abs=1e-10)


@pytest.mark.parametrize('temperature', [0.2, 0.01], ids=['usual', 'shifted'])
def test_several_rivals_each_count_where_asked(temperature):
    """The loss of all rivals is that of a queue that has them, row by row."""
    torch.manual_seed(0)
    anchors, positives, rivals = unit(4, 8), unit(4, 8), unit(4, 3, 8)
    queue = unit(6, 8).t()
    has_rival = torch.tensor([[1, 1, 1], [1, 0, 1], [0, 0, 0], [0, 1, 0]]) > 0
    anchors.requires_grad_()
    loss = contrast_with_queue(
        anchors, positives, queue, temperature, rivals, has_rival
    )
    rows = [
        contrast_with_queue(
            anchors[i : i + 1],
            positives[i : i + 1],
            torch.cat((queue, rivals[i, has_rival[i]].t()), dim=1),
            temperature,
        )
        for i in range(4)
    ]
    expected = sum(rows) / 4
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(
        *(torch.autograd.grad(x, anchors)[0] for x in (loss, expected))
    )


def test_only_the_anchors_receive_a_gradient():
    tensors = dict(
        anchors=unit(3, 8),
        positives=unit(3, 8),
        queue=unit(5, 8).t(),
        rivals=unit(3, 8),
    )
    for tensor in tensors.values():
        tensor.requires_grad_()
    contrast_with_queue(temperature=0.2, **tensors).backward()
    assert tensors['anchors'].grad.abs().sum() > 0
    for name in ('positives', 'queue', 'rivals'):
        assert tensors[name].grad is None


def test_bfloat16_autocast_changes_nothing():
    torch.manual_seed(0)
    anchors, positives = unit(3, 8).float(), unit(3, 8).float()
    queue = unit(5, 8).t().float()
    plain = contrast_with_queue(anchors, positives, queue, 0.2)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        inside = contrast_with_queue(anchors, positives, queue, 0.2)
    assert torch.equal(plain, inside)


def plain(contrast, queue):
    """All logits through cross-entropy."""
    c = contrast
    logits = c.anchors @ queue
    if c.own_column is not None:
        own = c.own_column.view(len(logits), -1)
        logits = logits.scatter(1, own, -math.inf)
    positive = (c.anchors * c.positives).sum(1, keepdim=True)
    columns = [positive, logits]
    if c.rivals is not None:
        rival = (c.anchors * c.rivals).sum(1, keepdim=True)
        if c.has_rival is not None:
            rival = rival.masked_fill(~c.has_rival[:, None], -math.inf)
        columns.append(rival)
    logits = torch.cat(columns, 1) / c.temperature
    target = torch.zeros(len(logits), dtype=torch.long)
    return cross_entropy(logits, target)


def groups(dtype=torch.float64, sharpest=0.1):
    """Groups of every kind, and a queue of 11."""
    torch.manual_seed(0)
    a, p, r = (unit(9, 8).to(dtype) for _ in range(3))
    some = torch.tensor([True, False, True])
    own = torch.tensor([3, 10, 0])
    two = torch.tensor([[3, 4], [10, 0], [5, 9]])
    return [
        Contrast(a[:3], p[:3], 0.2),
        Contrast(a[3:6], p[3:6], 0.5, r[3:6], some),
        Contrast(a[6:], p[6:], sharpest, r[6:], None, own),
        Contrast(a[6:], p[6:], sharpest, None, None, two),
    ], unit(11, 8).t().to(dtype)


@pytest.fixture(params=[(2, 4), (128, 4096)], ids=['chunks', 'whole'])
def logits_at_a_time(request, monkeypatch):
    monkeypatch.setitem(chunked_info_nce._CHUNK, 'cpu', request.param)


# At 0.001 a plain exponential overflows even in float64.
@pytest.mark.parametrize('sharpest', [0.1, 0.001])
def test_groups_in_one_pass_equal_the_plain_formula(
    sharpest, logits_at_a_time
):
    contrasts, queue = groups(sharpest=sharpest)
    weights = (1.0, 0.5, 0.25, 0.125)
    gradients = []
    for losses_of in (
        lambda c: contrast_all(c, queue),
        lambda c: [plain(x, queue) for x in c],
    ):
        leaves = [c.anchors.clone().requires_grad_() for c in contrasts]
        losses = losses_of(
            [c._replace(anchors=a) for c, a in zip(contrasts, leaves)]
        )
        sum(w * x for w, x in zip(weights, losses)).backward()
        gradients.append(
            [torch.stack(losses).detach(), *(a.grad for a in leaves)]
        )
    for ours, expected in zip(*gradients):
        torch.testing.assert_close(ours, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize('sharpest', [0.1, 0.01])
def test_the_gradient_is_that_of_the_loss(sharpest, logits_at_a_time):
    contrasts, queue = groups(sharpest=sharpest)
    anchors = [c.anchors.clone().requires_grad_() for c in contrasts]
    assert torch.autograd.gradcheck(
        lambda *a: contrast_all(
            [c._replace(anchors=x) for c, x in zip(contrasts, a)], queue
        ),
        anchors,
    )


def test_float32_is_close_to_float64():
    losses = contrast_all(*groups(torch.float32))
    expected = contrast_all(*groups())
    for ours, exact in zip(losses, expected):
        assert ours.dtype == torch.float32
        assert ours.item() == pytest.approx(exact.item(), rel=1e-6)


def test_the_queue_may_change_before_the_backward_pass():
    contrasts, queue = groups()
    anchors = contrasts[0].anchors.clone().requires_grad_()
    found = []
    for overwrite in (False, True):
        mine = queue.clone()
        (loss,) = contrast_all([contrasts[0]._replace(anchors=anchors)], mine)
        if overwrite:
            mine.zero_()
        found += torch.autograd.grad(loss, anchors)
    assert torch.equal(*found)


def test_nothing_of_the_size_of_all_logits_is_kept():
    """Tensors saved for the backward pass, of 64 rows and 4,096 keys."""
    anchors = unit(64, 8).requires_grad_()
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: saved.append(t.numel()) or t, lambda t: t
    ):
        contrast_with_queue(anchors, unit(64, 8), unit(4096, 8).t(), 0.2)
    assert saved and max(saved) <= 64 * 8


@pytest.mark.parametrize('rows', [1, 2, 8, 20])
def test_a_group_has_the_same_bits_beside_others(rows):
    """Or two-phase gradients would not be those of one phase to the bit."""
    torch.manual_seed(0)
    queue = unit(65536, 128).float().t().contiguous()
    groups = [
        Contrast(*unit(2, count, 128).float(), temperature=0.2)
        for count in (rows, rows, 3)
    ]
    groups[1] = groups[1]._replace(rivals=unit(rows, 128).float())
    for group in groups:
        group.anchors.requires_grad_()

    def gradients(losses):
        anchors = [group.anchors for group in groups]
        return torch.autograd.grad(sum(losses), anchors)

    together = gradients(contrast_all(groups, queue))
    apart = gradients([contrast_all([g], queue)[0] for g in groups])
    assert all(map(torch.equal, together, apart))
