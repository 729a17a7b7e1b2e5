import math

import pytest
import torch
from torch.nn.functional import normalize

from regioncl_mm.models import RegionContrastHead, RegionViews
from regioncl_mm.regions import Region

TAU = 0.2


@pytest.fixture
def batch():
    torch.manual_seed(0)
    views = RegionViews(
        torch.randn(4, 6, dtype=torch.float64, requires_grad=True),
        torch.randn(4, 6, dtype=torch.float64, requires_grad=True),
        torch.tensor([2, 3, 0, 1]),
        Region(0, 0, 3, 3),
    )
    keys = normalize(torch.randn(4, 6, dtype=torch.float64))
    queue = normalize(torch.randn(6, 9, dtype=torch.float64), dim=0)
    return views, keys, queue


def equation_2(views, keys, queue, canvas=True, paste=True, rival=True):
    """Eq. 2 as three nested loops over images, terms and keys."""

    def cosine(a, b):
        a, b = a.tolist(), b.tolist()
        dot = sum(x * y for x, y in zip(a, b))
        return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))

    loss = 0.0
    for i in range(len(keys)):
        source = int(views.partner[i])
        for used, own, positive, other in (
            (canvas, views.canvas[i], keys[i], views.paste[i]),
            (paste, views.paste[i], keys[source], views.canvas[i]),
        ):
            if not used:
                continue
            numerator = math.exp(cosine(own, positive) / TAU)
            denominator = numerator
            for j in range(queue.shape[1]):
                denominator += math.exp(cosine(own, queue[:, j]) / TAU)
            if rival and source != i:
                denominator += math.exp(cosine(own, other) / TAU)
            loss -= 0.5 * math.log(numerator / denominator)
    return loss / len(keys)


@pytest.mark.parametrize(
    'canvas, paste, rival',
    [
        (True, True, True),  # the rows of Table 10, last first
        (True, True, False),
        (False, True, False),
        (True, False, False),
    ],
)
def test_equals_equation_2_written_out(batch, canvas, paste, rival):
    head = RegionContrastHead(TAU, canvas, paste, rival)
    assert head.loss(*batch).item() == pytest.approx(
        equation_2(*batch, canvas, paste, rival), abs=1e-10
    )


def test_a_region_of_the_same_image_is_no_rival(batch):
    views, keys, queue = batch
    views = views._replace(partner=torch.arange(4))
    loss = RegionContrastHead(TAU).loss(views, keys, queue)
    assert loss.item() == pytest.approx(
        equation_2(views, keys, queue, rival=False), abs=1e-10
    )


def test_no_gradient_through_rival_keys_or_queue(batch):
    views, keys, queue = batch
    keys.requires_grad_()
    queue.requires_grad_()
    # Only the canvas term: the paste view is then a rival and nothing else.
    RegionContrastHead(TAU, use_paste=False).loss(
        views, keys, queue
    ).backward()
    assert views.canvas.grad.abs().sum() > 0
    assert views.paste.grad is None
    assert keys.grad is None and queue.grad is None


def test_gradients_equal_those_with_the_rival_as_a_constant(batch):
    views, keys, queue = batch
    head = RegionContrastHead(TAU)
    head.loss(views, keys, queue).backward()
    got = views.canvas.grad.clone()
    views.canvas.grad = None
    frozen = views._replace(paste=views.paste.detach())
    head.loss(frozen, keys, queue).backward()
    torch.testing.assert_close(got, views.canvas.grad)


def test_owns_no_tensor():
    assert not RegionContrastHead().state_dict()


@pytest.mark.parametrize(
    'kwargs, message',
    [
        (dict(use_canvas=False, use_paste=False), 'region_branch=None'),
        (dict(temperature=0), '`temperature` must be positive'),
    ],
)
def test_bad_arguments_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        RegionContrastHead(**kwargs)
