"""Who is timed: a model, and what one training step of it is."""

from __future__ import annotations

from argparse import Namespace
from typing import Callable, Sequence

import torch
from mmengine.optim import OptimWrapper
from mmpretrain.models.backbones import ResNet
from torch import Tensor, nn

from ...hooks.channels_last_hook import gradients_channels_last
from ...hooks.compile_backbone_hook import compile_backbones
from ...optim import BFloat16OptimWrapper, FusedSGD
from ..authors_step import AuthorsStep
from ..measure import peak_of
from . import models

Losses = Callable[[Tensor, Tensor], dict]

# A setting of its branch that makes RegionCL-M's step cheaper, by role.
CHEAPER = dict(half=dict(composite_fraction=0.5))


class Contestant:
    """A model and its training step: losses, backward, SGD.

    Args:
        role: 'A', 'B', 'C', 'D-off', 'D', 'D2' or one of :data:`CHEAPER`.
        name: What people read.
        model: Its parameters are trained.
        losses: Takes query and key images, each (N, 3, H, W), and returns
            losses to be added up.
        bfloat16: Run the forward pass under bfloat16 autocast.
        channels_last: Lay weights and images out channels last.
        compiled: Put its backbones through torch.compile.
        fused: Take the configs' SGD in the place of torch's.
    """

    def __init__(
        self,
        role: str,
        name: str,
        model: nn.Module,
        losses: Losses,
        bfloat16: bool = False,
        channels_last: bool = False,
        compiled: bool = False,
        fused: bool = False,
    ):
        self.role, self.name = role, name
        self.model, self.losses = model, losses
        self.layout = torch.preserve_format
        if channels_last:
            self.layout = torch.channels_last
            # torch's stubs leave this argument out.
            model.to(memory_format=self.layout)  # type: ignore[call-overload]
            if isinstance(model.backbone, nn.Module):
                gradients_channels_last(model.backbone)
        if compiled:
            compile_backbones(model, dynamic=False)
        trained = [p for p in model.parameters() if p.requires_grad]
        optimizer = FusedSGD if fused else torch.optim.SGD
        wrapper = BFloat16OptimWrapper if bfloat16 else OptimWrapper
        self.wrapper = wrapper(
            optimizer(trained, lr=0.03, momentum=0.9, weight_decay=1e-4)
        )

    def step(self, images: Tensor, key_images: Tensor) -> None:
        """Take one training step."""
        views = [
            view.contiguous(memory_format=self.layout)
            if self.layout is torch.channels_last
            else view
            for view in (images, key_images)
        ]
        with self.wrapper.optim_context(self.model):
            losses = self.losses(*views)
        self.wrapper.update_params(sum(losses.values()))

    def peak_bytes(self, views: Sequence[Tensor]) -> int:
        """What torch holds at most during a step: weights, momentum encoder,
        queue, state of the optimizer, gradients and activations."""
        held = self._held()
        return held + peak_of(lambda: self.step(*views), views[0].is_cuda)

    def _held(self) -> int:
        """Bytes between two steps, without gradients, which a step frees."""
        optimizer = self.wrapper.optimizer
        optimizer.zero_grad(set_to_none=True)
        state = [
            value
            for of_parameter in optimizer.state.values()
            for value in of_parameter.values()
            if isinstance(value, Tensor)
        ]
        tensors = [*self.model.parameters(), *self.model.buffers(), *state]
        return sum(t.numel() * t.element_size() for t in tensors)


def find_contestants(
    method: str, cfg: dict, args: Namespace
) -> list[Contestant]:
    """All that take part for a method, peers as they come.

    Args:
        method: One of ``models.BASES``.
        cfg: Its model, of ``models.config``.
        args: Arguments of ``step.py``.
    """
    settings = dict(
        bfloat16=args.precision == 'bfloat16',
        channels_last=args.channels_last,
        compiled=args.compile,
        fused=True,
    )
    found = [] if args.ours else peers(method, cfg, args)
    regions = f'ours, RegionCL-{method.upper()}'
    two_phases = f'{regions}, two phases', dict(two_phase=True)
    ours: dict[str, tuple[str, dict]] = {
        'D-off': ('ours, regions off', dict(region_branch=None)),
        'D': (regions, {}),
    }
    if method != 's' and args.two_phase:
        ours['D'] = two_phases
    if method != 's' and args.both_phases:
        ours['D2'] = two_phases
    for role, (name, changes) in ours.items():
        model = models.ours(cfg, args.seed, **changes).to(args.device)
        found.append(
            Contestant(role, name, model, losses_of(model), **settings)
        )
    if args.cheaper and method == 'm':
        found += [cheaper(role, cfg, args, settings) for role in CHEAPER]
    return found


def peers(method: str, cfg: dict, args: Namespace) -> list[Contestant]:
    """A, B and C, as far as a method has them."""
    model = models.base(cfg, method, args.seed).to(args.device)
    name = f'mmpretrain {type(model).__name__}'
    base = Contestant('B', name, model, losses_of(model))
    if method != 'm':
        return [base]
    return [authors(cfg, args), base, *lightly(args)]


def cheaper(
    role: str, cfg: dict, args: Namespace, settings: dict
) -> Contestant:
    """RegionCL-M with one of :data:`CHEAPER`."""
    ((name, value),) = CHEAPER[role].items()
    branch = {**cfg['region_branch'], name: value}
    model = models.ours(cfg, args.seed, region_branch=branch).to(args.device)
    return Contestant(
        role,
        f'{name}={value}',
        model,
        losses_of(model),
        **settings,
    )


def losses_of(model: nn.Module) -> Losses:
    """A model's own losses."""
    return lambda *views: model.loss(list(views), None)


def authors(cfg: dict, args: Namespace) -> Contestant:
    """The step of the released code."""
    model = models.ours(cfg, args.seed).to(args.device)
    step = AuthorsStep(model, model.region_branch.draw)
    return Contestant('A', "authors' RegionCL-M", model, step.loss)


def lightly(args: Namespace) -> list[Contestant]:
    """MoCo v2 of lightly's parts, where it is installed."""
    try:
        from .lightly_moco import LightlyMoCo
    except ImportError:
        return []
    torch.manual_seed(args.seed)
    channels = 512 if args.depth < 50 else 2048, 2048, 128
    model = LightlyMoCo(ResNet(args.depth), channels, args.queue)
    model = model.to(args.device).train()
    return [Contestant('C', "lightly's MoCo v2", model, model.losses)]
