"""All groups of a checkpoint's tensors that may be its backbone."""

from __future__ import annotations

from torch import Tensor

from ..methods import momentum_attributes
from .layouts import (
    TRAINED_BESIDE_BACKBONE,
    WRAPPERS,
    backbone_prefixes,
    is_network,
    network_prefixes,
    without_heads,
)


def find_candidates(
    state_dict: dict[str, Tensor], encoder: str
) -> dict[str, dict[str, Tensor]]:
    """Every backbone of a known layout, by its prefix."""
    found = {}
    for parallel in ('', 'module.'):
        model = tensors_below(parallel, state_dict)
        averages = averaged_attributes(model)
        has_own_name = any(
            name.startswith(TRAINED_BESIDE_BACKBONE) for name in model
        )
        for prefix in backbone_prefixes(encoder, averages):
            if has_own_name and prefix == 'backbone.':
                continue
            below, tensors = unwrap(prefix, tensors_below(prefix, model))
            if tensors:
                found[parallel + below] = tensors
        prefixes = network_prefixes(encoder, averages)
        if has_own_name:
            prefixes = [x for x in prefixes if not x.startswith('backbone.')]
        for prefix in prefixes:
            tensors = tensors_below(prefix, model)
            if parallel + prefix not in found and is_network(tensors):
                found[parallel + prefix] = without_heads(tensors)
        backbone = tensors_below('backbone.', model)
        if encoder == 'momentum' and has_own_name and not found and backbone:
            found[f'{parallel}backbone.'] = without_heads(backbone)
    return found


def unwrap(
    prefix: str, tensors: dict[str, Tensor]
) -> tuple[str, dict[str, Tensor]]:
    """A backbone without its head, or what is wrapped in it.

    Args:
        prefix: What the names began with.
        tensors: By the rest of their names.
    """
    if is_network(tensors):
        return prefix, without_heads(tensors)
    for wrapper in WRAPPERS:
        wrapped = tensors_below(wrapper, tensors)
        if is_network(wrapped):
            return prefix + wrapper, without_heads(wrapped)
    return prefix, tensors


def tensors_below(
    prefix: str, state_dict: dict[str, Tensor]
) -> dict[str, Tensor]:
    """The tensors whose names start with a prefix, by the rest of them."""
    return {
        name[len(prefix) :]: tensor
        for name, tensor in state_dict.items()
        if name.startswith(prefix)
    }


def averaged_attributes(state_dict: dict[str, Tensor]) -> list[str]:
    """Where a model may have its momentum encoder.

    They are the attributes of every known method, and whatever attribute of
    the file is one of mmengine's averaged models: these count their ``steps``.
    """
    in_file = [
        name[: -len('.steps')]
        for name in state_dict
        if name.endswith('.steps') and name.count('.') == 1
    ]
    return list(dict.fromkeys([*momentum_attributes(), *in_file]))
