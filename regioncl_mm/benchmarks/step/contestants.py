"""Who is timed: a model, and what one training step of it is."""

from __future__ import annotations

from typing import Callable

import torch
from mmengine.optim import OptimWrapper
from reference.plain_steps import AuthorsStep
from torch import Tensor, nn

from ...hooks.compile_backbone_hook import compile_backbones
from ...optim import BFloat16OptimWrapper
from . import models

# RegionCL-M with less than the paper's step, by role.
CHEAPER = dict(
    half=dict(composite_fraction=0.5),
    every=dict(composite_every=2),
    s160=dict(composite_size=160),
    s128=dict(composite_size=128),
    alone=dict(instance_loss=False),
)


class Contestant:
    """A step: gradients zeroed, losses, backward, SGD.

    Args:
        role: 'A', 'B', 'C', 'D-off', 'D' or of `CHEAPER`.
        name: For people.
        model: Its parameters are trained.
        losses: Takes query and key images, returns losses to be added up.
        bfloat16: Whether the forward pass is under autocast.
        channels_last: Whether weights and images are.
        compiled: Whether its backbones go through torch.compile.
        period: Steps after which it is as before.
    """

    def __init__(
        self,
        role: str,
        name: str,
        model: nn.Module,
        losses: Callable[[Tensor, Tensor], dict],
        bfloat16: bool = False,
        channels_last: bool = False,
        compiled: bool = False,
        period: int = 1,
    ):
        self.role, self.name, self.period = role, name, period
        self.model, self.losses = model, losses
        self.layout = torch.preserve_format
        if channels_last:
            self.layout = torch.channels_last
            model.to(memory_format=self.layout)
        if compiled:
            compile_backbones(model, dynamic=False)
        trained = [p for p in model.parameters() if p.requires_grad]
        wrapper = BFloat16OptimWrapper if bfloat16 else OptimWrapper
        self.wrapper = wrapper(
            torch.optim.SGD(trained, lr=0.03, momentum=0.9, weight_decay=1e-4)
        )

    def step(self, images: Tensor, key_images: Tensor) -> None:
        views = [
            view.contiguous(memory_format=self.layout)
            if self.layout is torch.channels_last
            else view
            for view in (images, key_images)
        ]
        with self.wrapper.optim_context(self.model):
            losses = self.losses(*views)
        self.wrapper.update_params(sum(losses.values()))


def of_method(method: str, cfg: dict, args) -> list[Contestant]:
    """All that take part for a method, peers as they come."""
    settings = dict(
        bfloat16=args.precision == 'bfloat16',
        channels_last=args.channels_last,
        compiled=args.compile,
    )
    found = []
    if method == 'm':
        found.append(authors(cfg, args))
    base = models.base(cfg, method, args.seed).to(args.device)
    found.append(
        Contestant('B', f'mmpretrain {type(base).__name__}', base, of(base))
    )
    if method == 'm':
        found += lightly(args)
    for role, name, changes in (
        ('D-off', 'ours, regions off', dict(region_branch=None)),
        ('D', f'ours, RegionCL-{method.upper()}', {}),
    ):
        if args.two_phase and role == 'D' and method != 's':
            changes = dict(changes, two_phase=True)
            name += ', two phases'
        model = models.ours(cfg, args.seed, **changes).to(args.device)
        found.append(Contestant(role, name, model, of(model), **settings))
    if args.cheaper and method == 'm':
        found += [cheaper(role, cfg, args, settings) for role in CHEAPER]
    return found


def cheaper(role: str, cfg: dict, args, settings: dict) -> Contestant:
    ((name, value),) = CHEAPER[role].items()
    changes = {name: value}
    if name.startswith('composite'):
        changes = dict(region_branch={**cfg['region_branch'], **changes})
    model = models.ours(cfg, args.seed, **changes).to(args.device)
    return Contestant(
        role,
        f'{name}={value}',
        model,
        of(model),
        period=CHEAPER[role].get('composite_every', 1),
        **settings,
    )


def of(model: nn.Module) -> Callable:
    return lambda *views: model.loss(list(views), None)


def authors(cfg: dict, args) -> Contestant:
    model = models.ours(cfg, args.seed).to(args.device)
    step = AuthorsStep(model, model.region_branch.draw)
    return Contestant('A', "authors' RegionCL-M", model, step.loss)


def lightly(args) -> list[Contestant]:
    """MoCo v2 of lightly's parts, where it is installed."""
    try:
        from .lightly_moco import LightlyMoCo
    except ImportError:
        return []
    torch.manual_seed(args.seed)
    model = LightlyMoCo(args.depth, args.queue).to(args.device).train()
    return [Contestant('C', "lightly's MoCo v2", model, model.losses)]
