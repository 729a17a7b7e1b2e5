"""Nothing is timed whose loss and gradients are not the reference's."""

from __future__ import annotations

import copy
from argparse import Namespace
from typing import Callable, NamedTuple

import torch
from torch import Tensor, nn

from ..authors_step import AuthorsStep
from ..plain_steps import losses_d, losses_s
from . import models

EXACT = 1e-9  # relative, in float64
CLOSE = 1e-5  # relative, in float32
# In a deep network float32 itself is further than that from float64. Then
# the two gradients must be this much closer to each other.
OF_FLOAT32S_ERROR = 0.01
# In float64, where a GPU may not hold the activations of a whole batch.
MOST_IMAGES = 32

# Takes a model and two views, each (N, 3, H, W).
Losses = Callable[[nn.Module, 'list[Tensor]'], dict]


class Outcome(NamedTuple):
    """A step's loss and its gradients by parameter."""

    loss: float
    gradients: dict[str, Tensor]


class Difference(NamedTuple):
    """Relative differences of two steps in float64 and in float32.

    Attributes:
        loss_64: Of the losses, in float64.
        gradient_64: Of all gradients together, in float64.
        loss_32: Of the losses, in float32.
        gradient_32: Of all gradients together, in float32.
        float32s_error: Between the gradients of one of the two in float32
            and in float64.
    """

    loss_64: float
    gradient_64: float
    loss_32: float
    gradient_32: float
    float32s_error: float

    def __str__(self) -> str:
        return (
            f'float64: loss {self.loss_64:.0e}, gradient '
            f'{self.gradient_64:.0e}; float32: loss {self.loss_32:.0e}, '
            f'gradient {self.gradient_32:.0e} (float32 itself is '
            f'{self.float32s_error:.0e} off)'
        )

    @property
    def is_equal(self) -> bool:
        """Whether the two differ by no more than roundings."""
        close = max(CLOSE, OF_FLOAT32S_ERROR * self.float32s_error)
        return (
            max(self.loss_64, self.gradient_64) <= EXACT
            and self.loss_32 <= CLOSE
            and self.gradient_32 <= close
        )


def check(
    method: str, cfg: dict, args: Namespace, views: list[Tensor]
) -> dict[str, Difference]:
    """Compare ours with the plain formulas, and without regions with
    mmpretrain's, on the same weights, images, rectangle and partners.

    Args:
        method: One of ``models.BASES``.
        cfg: Its model, of ``models.config``.
        args: Arguments of ``step.py``.
        views: Two, each (N, 3, H, W); 32 of the images serve.

    Returns:
        The differences, by what was compared.

    Raises:
        ValueError: If they are not equal.
    """
    base = models.base(cfg, method, args.seed)
    off = models.ours(cfg, args.seed, region_branch=None)
    off.load_state_dict(base.state_dict())
    with_phases = method != 's'
    changes = dict(two_phase=True) if args.two_phase and with_phases else {}
    on = models.ours(cfg, args.seed, **changes)
    views = [view[:MOST_IMAGES] for view in views]

    def own(model: nn.Module, images: list[Tensor]) -> dict:
        return model.loss(images, None)

    def plain(model: nn.Module, images: list[Tensor]) -> dict:
        return plain_losses(method, model, images)

    found = {
        'regions off, to mmpretrain': difference(
            (off, own), (base, own), views, args.device
        ),
        'regions, to the formulas': difference(
            (on, own), (on, plain), views, args.device
        ),
    }
    if args.both_phases and with_phases:
        two = models.ours(cfg, args.seed, two_phase=True)
        found['two phases, to the formulas'] = difference(
            (two, own), (two, plain), views, args.device
        )
    for name, value in found.items():
        if not value.is_equal:
            raise ValueError(
                f'{method.upper()}, {name}: {value}: not equal to '
                f'{EXACT:.0e} and {CLOSE:.0e}; nothing is timed'
            )
    return found


def plain_losses(method: str, model: nn.Module, views: list[Tensor]) -> dict:
    """The losses of a method by the formulas."""
    draw = model.region_branch.draw
    if method == 'm':
        return AuthorsStep(model, draw).loss(*views)
    drawn = [draw(view) for view in (views if method == 's' else views[:1])]
    if method == 's':
        (first, partner), (second, _) = drawn
        return losses_s(model, views, (first, second), partner)
    model.update_momentum_encoder()
    return losses_d(model, views[0], model.encode_keys(views[1]), *drawn[0])


def difference(
    ours: tuple[nn.Module, Losses],
    other: tuple[nn.Module, Losses],
    views: list[Tensor],
    device: str,
) -> Difference:
    """How far two models are from each other, each with its losses.

    Raises:
        ValueError: If they give gradients to other parameters.
    """
    found = {}
    for dtype in (torch.float64, torch.float32):
        images = [view.to(dtype) for view in views]
        mine, theirs = (
            outcome(
                copy.deepcopy(model).to(torch.device(device), dtype),
                losses,
                images,
            )
            for model, losses in (ours, other)
        )
        if mine.gradients.keys() != theirs.gradients.keys():
            names = mine.gradients.keys() ^ theirs.gradients.keys()
            raise ValueError(f'other parameters have gradients: {names}')
        found[dtype] = mine, theirs
    exact, close = found[torch.float64], found[torch.float32]
    return Difference(
        *(abs(exact[0].loss / exact[1].loss - 1), distance(*exact)),
        *(abs(close[0].loss / close[1].loss - 1), distance(*close)),
        distance(close[1], exact[1]),
    )


def outcome(model: nn.Module, losses: Losses, images: list[Tensor]) -> Outcome:
    """A step's loss and gradients, with the same rectangles every time; on a
    GPU float32 is float32, and sums have the same order every time."""
    torch.manual_seed(1)  # rectangles
    with torch.backends.cudnn.flags(
        enabled=True, deterministic=True, allow_tf32=False
    ):
        loss = sum(losses(model, images).values())
        loss.backward()
    gradients = {
        name: p.grad.double()
        for name, p in model.named_parameters()
        if p.grad is not None
    }
    return Outcome(loss.item(), gradients)


def distance(one: Outcome, other: Outcome) -> float:
    """The norm of the difference of all gradients together, relative to the
    norm of the other's."""
    gaps = [
        (one.gradients[name] - gradient).norm()
        for name, gradient in other.gradients.items()
    ]
    norms = [gradient.norm() for gradient in other.gradients.values()]
    return (torch.stack(gaps).norm() / torch.stack(norms).norm()).item()
