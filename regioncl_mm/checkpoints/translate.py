"""A backbone by mmpretrain's names, or by those of another library."""

from __future__ import annotations

import re

from torch import Tensor

from .name_maps import CONVNEXT, NAME_MAPS, OWN_MARKS, RESNET, SWIN, VIT
from .names import NameMap, to_ours, to_theirs
from .refused_names import explain_refused, list_refused, refuse_unsupported
from .tensor_changes import with_position_indices

# What a file may have beside a backbone that is no part of it.
BESIDE = ('mask_token', 'masked_', 'decoder', 'pooler', '.attn_mask')
# What tells other backbones of mmpretrain, of which some have names that are
# another library's marks: most transformers of it, and XCiT.
OTHERS_OF_OURS = (
    'patch_embed.projection.weight',
    'cls_attn_blocks.0.norm1.weight',
)
# mmpretrain's wrapper of any model of timm.
WRAPPED_TIMM = 'timm_model.'


class NamesNotMappedError(ValueError):
    """A tensor of a backbone has no place in the other library's."""


def architecture_of(tensors: dict[str, Tensor]) -> str | None:
    """Of which architecture mmpretrain's tensors are; None if not known."""
    for architecture, mark in OWN_MARKS.items():
        if mark in tensors:
            return architecture
    return None


def find_map(tensors: dict[str, Tensor]) -> NameMap | None:
    """By whose names the tensors are called; None if by mmpretrain's own."""
    if architecture_of(tensors) or any(x in tensors for x in OTHERS_OF_OURS):
        return None
    for names in NAME_MAPS:
        if names.mark in tensors:
            return names
    return None


def to_mmpretrain(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors by mmpretrain's names; those of an unknown library stay.

    Args:
        tensors: A backbone's, without what its names began with.

    Raises:
        NamesNotMappedError: If the library is known and a tensor has no place
            in mmpretrain's backbone.
    """
    refuse_unsupported(tensors)
    # DINOv2's training counts blocks twice, first by group.
    tensors = {
        re.sub(r'^blocks\.\d+\.(?=\d)', 'blocks.', name): tensor
        for name, tensor in tensors.items()
    }
    names = find_map(tensors)
    if names is None:
        return tensors
    found, left = to_ours(tensors, names.rules)
    left = [
        x for x in left if not x.startswith(BESIDE) and not x.endswith(BESIDE)
    ]
    if left:
        raise NamesNotMappedError(
            f'it has the names of {names.library} for a {names.architecture}, '
            f'and mmpretrain has no place for {list_refused(left)}: '
            f'{explain_refused(left)}'
        )
    return with_position_indices(found)


def to_library(tensors: dict[str, Tensor], library: str) -> dict[str, Tensor]:
    """Tensors by another library's names.

    Args:
        tensors: A backbone's, by mmpretrain's names.
        library: One of :data:`~.formats.FORMATS` but ``mmengine``.

    Raises:
        NamesNotMappedError: If a tensor has no place in the library's model.
    """
    if library == 'timm' and all(x.startswith(WRAPPED_TIMM) for x in tensors):
        return {x[len(WRAPPED_TIMM) :]: tensors[x] for x in tensors}
    architecture = architecture_of(tensors)
    names = next(
        (
            x
            for x in NAME_MAPS
            if (x.architecture, x.library) == (architecture, library)
        ),
        None,
    )
    if names is None:
        raise NamesNotMappedError(why_not(architecture, library, tensors))
    found, left = to_theirs(
        {x: tensors[x] for x in tensors if not x.endswith(names.made or ' ')},
        names.rules,
    )
    if left:
        raise NamesNotMappedError(
            f'{library} has no place for {list_refused(left)} of this '
            f'{architecture}: {explain_refused(left)}'
        )
    return found


def why_not(
    architecture: str | None, library: str, tensors: dict[str, Tensor]
) -> str:
    """Why there is no map."""
    if architecture is None:
        return (
            f'{next(iter(tensors))} and the rest are of none of the '
            f'architectures that can be written for {library}: '
            f'{", ".join((RESNET, VIT, SWIN, CONVNEXT))}; take '
            '`--format mmengine`'
        )
    advice = '`--format timm` or `--format mmengine`'
    reason = f'no map of it to {library} is known'
    if library == 'lightly':
        reason = "lightly takes timm's and torchvision's"
        advice = '`--format timm` or `--format torchvision`'
    return (
        f'{OWN_MARKS[architecture]} and the rest are a {architecture}: '
        f'{reason}; take {advice}'
    )
