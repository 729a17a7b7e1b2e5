"""Why a backbone is not the checkpoint's: what users run into."""

from __future__ import annotations

import re
from collections import Counter
from typing import Iterator

from torch import Tensor, nn

from .compare import SHARED_HEAD, Comparison

BLOCK = re.compile(r'layer(\d)\.(\d+)\.')
DEPTHS = {
    (2, 2, 2, 2): '18',
    (3, 4, 6, 3): '34 or 50',
    (3, 4, 23, 3): '101',
    (3, 8, 36, 3): '152',
}


def likely_causes(
    found: Comparison,
    parts: dict[str, nn.Module],
    tensors: dict[str, Tensor],
) -> list[str]:
    """A sentence for each cause that the tensors' names and values suggest.

    Args:
        found: Of :func:`~regioncl_mm.transfer.compare.compare`.
        parts: The modules that were compared, by path.
        tensors: The file's, by name.
    """
    model = {}
    for part in parts.values():
        model.update(part.state_dict())
    causes = [
        *other_prefix(model, tensors),
        *other_library(tensors),
        *deep_stem(found, tensors),
        *other_depth(model, tensors, SHARED_HEAD in parts),
        *other_width(found, model, tensors),
        *zeroed_norms(found, model, tensors),
    ]
    if found.total and len(found.different) == found.total:
        causes.append(
            'nothing was loaded: the backbone needs '
            "`init_cfg=dict(type='Pretrained', checkpoint=…, "
            "prefix='backbone.')`, and only Runner.train() calls it"
        )
    return causes or [
        'none that is known: look at the names above, and at what the '
        'config does between loading and the first step (`load_from`, hooks)'
    ]


def caffe_style(parts: dict[str, nn.Module]) -> str | None:
    """Names and shapes are equal, yet strides and inputs are not meant."""
    for path, part in parts.items():
        if getattr(part, 'style', None) == 'caffe':
            return (
                f"model.{path} has `style='caffe'`: its strides are in other "
                'layers than those of the pretrained backbone, which no '
                "tensor shows; set `style='pytorch'` and RGB inputs "
                '(`bgr_to_rgb=True`, ImageNet mean and std)'
            )
    return None


def other_prefix(model: dict, tensors: dict) -> Iterator[str]:
    if set(model) & set(tensors):
        return
    for name in tensors:
        for own in model:
            if name.endswith('.' + own):
                prefix = name[: -len(own)]
                yield (
                    f'wrong prefix: names in the file start with {prefix!r}, '
                    f'as in {name}; extract the backbone first'
                )
                return


def other_library(tensors: dict) -> Iterator[str]:
    if 'blocks.0.attn.qkv.weight' in tensors:
        yield (
            "the file has timm's names of a Vision Transformer, as moco-v3's "
            "own code has; convert it to mmpretrain's names first"
        )


def deep_stem(found: Comparison, tensors: dict) -> Iterator[str]:
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


def blocks(names) -> tuple[int, ...]:
    """Residual blocks of each stage of a ResNet."""
    found = {m.groups() for m in map(BLOCK.match, names) if m}
    counts = Counter(stage for stage, _ in found)
    return tuple(counts[stage] for stage in sorted(counts))


def other_depth(
    model: dict, tensors: dict, has_shared_head: bool
) -> Iterator[str]:
    ours, theirs = blocks(model), blocks(tensors)
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
    elif ours != theirs or ('layer1.0.conv3.weight' in model) != (
        'layer1.0.conv3.weight' in tensors
    ):
        yield (
            f'other depth: the file is {describe_depth(theirs, tensors)}, '
            f'the model {describe_depth(ours, model)}; set '
            '`model.backbone.depth`'
        )


def describe_depth(counts: tuple[int, ...], names) -> str:
    kind = 'bottleneck' if 'layer1.0.conv3.weight' in names else 'basic'
    depth = DEPTHS.get(counts)
    return f'{f"a ResNet-{depth} " if depth else ""}of ' + (
        f'{", ".join(map(str, counts))} {kind} blocks'
    )


def other_width(
    found: Comparison, model: dict, tensors: dict
) -> Iterator[str]:
    if found.reshaped:
        name = found.reshaped[0]
        yield (
            f'other width or kernel: {name} is '
            f'{"×".join(map(str, tensors[name].shape))} in the file, '
            f'{"×".join(map(str, model[name].shape))} in the model'
        )


def zeroed_norms(
    found: Comparison, model: dict, tensors: dict
) -> Iterator[str]:
    zeroed = [
        name
        for name in found.different
        if tensors[name].any() and not model[name].any()
    ]
    if zeroed and zeroed == found.different:
        yield (
            'these were set to zero after loading: with `init_cfg` as a list '
            'mmpretrain and mmpose zero the last norm of every residual '
            'block; give it as a plain dict'
        )
