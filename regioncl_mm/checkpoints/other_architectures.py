"""Whether a checkpoint's backbone is of another architecture, and which."""

from __future__ import annotations

import re
from collections import Counter
from typing import Iterable, Iterator

from torch import Tensor

from .compare import SHARED_HEAD, Comparison
from .translate import find_map

BLOCK = re.compile(r'layer(\d)\.(\d+)\.')
DEPTHS: dict[tuple[int, ...], str] = {
    (2, 2, 2, 2): '18',
    (3, 4, 6, 3): '34 or 50',
    (3, 4, 23, 3): '101',
    (3, 8, 36, 3): '152',
}


def explain_library(tensors: dict[str, Tensor]) -> Iterator[str]:
    """Say so if the file has another library's names."""
    names = find_map(tensors)
    if names is not None:
        yield (
            f"the file has {names.library}'s names of a {names.architecture}; "
            "tools/extract_backbone.py gives it mmpretrain's"
        )


def explain_stem(found: Comparison) -> Iterator[str]:
    """Say so if one of the two has a deep stem."""
    if any(name.startswith('stem.') for name in found.missing):
        yield (
            'the model has the deep stem of ResNetV1c or V1d, the file a '
            "plain ResNet's `conv1`: set `type='ResNet'`"
        )
    elif any(name.startswith('stem.') for name in found.unused):
        yield (
            'the file is of a ResNetV1c or V1d with a deep stem, the model '
            "has a plain ResNet's `conv1`"
        )


def explain_depth(
    model: dict[str, Tensor],
    tensors: dict[str, Tensor],
    has_shared_head: bool,
) -> Iterator[str]:
    """Say so if the two are ResNets with other stages or blocks.

    Args:
        model: The model's tensors.
        tensors: The file's.
        has_shared_head: Whether the model is a detector of C4, whose head has
            the last stage.
    """
    ours, theirs = count_blocks(model), count_blocks(tensors)
    if not ours or not theirs:
        return
    if ours != theirs and ours == theirs[: len(ours)]:
        yield (
            f'the model has {len(ours)} stages, the file {len(theirs)}'
            + (
                ''
                if has_shared_head
                else ': a detector of C4 has the last one in '
                f'model.{SHARED_HEAD}'
            )
        )
    elif ours != theirs or has_bottlenecks(model) != has_bottlenecks(tensors):
        yield (
            f'other depth: the file is {describe_depth(theirs, tensors)}, '
            f'the model {describe_depth(ours, model)}; set '
            '`model.backbone.depth`'
        )


def explain_width(
    found: Comparison, model: dict[str, Tensor], tensors: dict[str, Tensor]
) -> Iterator[str]:
    """Name one tensor of another shape, if there are any."""
    if found.reshaped:
        name = found.reshaped[0]
        yield (
            f'other width or kernel: {name} is '
            f'{"×".join(map(str, tensors[name].shape))} in the file, '
            f'{"×".join(map(str, model[name].shape))} in the model'
        )


def count_blocks(names: Iterable[str]) -> tuple[int, ...]:
    """The residual blocks in each stage of a ResNet."""
    found = {m.groups() for m in map(BLOCK.match, names) if m}
    counts = Counter(stage for stage, _ in found)
    return tuple(counts[stage] for stage in sorted(counts))


def has_bottlenecks(names: Iterable[str]) -> bool:
    """Whether the blocks of a ResNet have three convolutions each."""
    return 'layer1.0.conv3.weight' in names


def describe_depth(counts: tuple[int, ...], names: Iterable[str]) -> str:
    """A ResNet in words, by the blocks in its stages."""
    kind = 'bottleneck' if has_bottlenecks(names) else 'basic'
    depth = DEPTHS.get(counts)
    return f'{f"a ResNet-{depth} " if depth else ""}of ' + (
        f'{", ".join(map(str, counts))} {kind} blocks'
    )
