import math

import pytest
import torch
from torch.nn.functional import normalize

from regioncl_mm.losses import contrast_with_queue


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
