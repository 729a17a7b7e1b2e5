"""A backbone that computes its stem twice rather than keep what is in it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import takewhile
from typing import Any, Callable, Iterator

from mmpretrain.models.backbones import ResNet, ResNet_CIFAR
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils.checkpoint import checkpoint

# Those that call their children up to the first stage in turn.
_STEM_FIRST = (ResNet.forward, ResNet_CIFAR.forward)
# Always the same, for torch.compile compiles anew for another.
_NOTHING = nn.Identity()


def lean_backbone(model: nn.Module) -> Callable[[Tensor], tuple]:
    """The backbone of a model, in two phases one that keeps less.

    Of a ResNet's stem, whose maps are the largest, nothing but the images is
    then kept for the backward pass, which computes it again: 3 % of a
    ResNet-50's forward pass for 9 % of its activations. Features, gradients
    and running statistics are those of the backbone, to the bit.

    Args:
        model: Has ``backbone``. It trains in two phases if it has
            ``two_phase`` and that is true.

    Returns:
        Takes images and returns what the backbone does. Backbones of other
        kinds than mmpretrain's ResNets are returned as they are.
    """
    backbone = model.backbone
    if not (
        getattr(model, 'two_phase', False)
        and type(backbone).forward in _STEM_FIRST
    ):
        return backbone
    return partial(_forward, backbone)


def _forward(backbone: Any, images: Tensor) -> tuple:
    first_stage = backbone.res_layers[0]
    children = backbone.named_children()
    stem = dict(takewhile(lambda item: item[0] != first_stage, children))
    features = checkpoint(
        _moving_statistics_once(nn.Sequential(*stem.values())),
        images,
        use_reentrant=False,
        preserve_rng_state=False,
    )
    with _passed_over(backbone, stem):
        return backbone(features)


def _moving_statistics_once(stem: nn.Module) -> Callable[[Tensor], Tensor]:
    """The stem, as a function whose second call moves copies of buffers."""
    buffers: dict[str, Tensor] = {}

    def run(images: Tensor) -> Tensor:
        features = functional_call(stem, buffers, (images,))
        buffers.update((k, v.clone()) for k, v in stem.named_buffers())
        return features

    return run


@contextmanager
def _passed_over(
    module: nn.Module, children: dict[str, nn.Module]
) -> Iterator[None]:
    """Within this context these children of a module do nothing."""
    for name in children:
        setattr(module, name, _NOTHING)
    try:
        yield
    finally:
        for name, child in children.items():
            setattr(module, name, child)
