"""Why a backbone is not the checkpoint's: what users run into."""

from __future__ import annotations

from typing import Iterator

from torch import Tensor, nn

from .compare import SHARED_HEAD, Comparison, joint_state_dict
from .other_architectures import (
    explain_depth,
    explain_library,
    explain_stem,
    explain_width,
)


def likely_causes(
    found: Comparison,
    modules: dict[str, nn.Module],
    tensors: dict[str, Tensor],
) -> list[str]:
    """A sentence for each cause that the tensors' names and values suggest.

    Args:
        found: The outcome of :func:`~.compare.compare`.
        modules: The modules that were compared, by path.
        tensors: The file's, by name.
    """
    model = joint_state_dict(modules)
    causes = [
        *explain_prefix(model, tensors),
        *explain_library(tensors),
        *explain_stem(found),
        *explain_depth(model, tensors, SHARED_HEAD in modules),
        *explain_width(found, model, tensors),
        *explain_zeroed_norms(found, model, tensors),
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


def explain_caffe_style(modules: dict[str, nn.Module]) -> str | None:
    """Say so if strides and inputs differ, which no tensor shows."""
    for path, module in modules.items():
        if getattr(module, 'style', None) == 'caffe':
            return (
                f"model.{path} has `style='caffe'`: its strides are in other "
                'layers than those of the pretrained backbone, which no '
                "tensor shows; set `style='pytorch'` and RGB inputs "
                '(`bgr_to_rgb=True`, ImageNet mean and std)'
            )
    return None


def explain_prefix(
    model: dict[str, Tensor], tensors: dict[str, Tensor]
) -> Iterator[str]:
    """Say so if the file has the model's names, after a prefix."""
    if set(model) & set(tensors):
        return
    for name in tensors:
        for own in model:
            if name.endswith('.' + own):
                prefix = name[: -len(own)]
                yield (
                    f'wrong prefix: names in the file start with {prefix!r}, '
                    f"as in {name}, where 'backbone.' should stand: no such "
                    'layout is known, so rename them'
                )
                return


def explain_zeroed_norms(
    found: Comparison, model: dict[str, Tensor], tensors: dict[str, Tensor]
) -> Iterator[str]:
    """Say so if all that differs are tensors of zeros in the model."""
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
