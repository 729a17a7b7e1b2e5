"""Proof that a model has a checkpoint's backbone."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor, nn

from .compare import Comparison, backbone_parts, compare
from .find import hash_tensors
from .mismatch_causes import caffe_style, likely_causes

AT_MOST = 8  # names in one message


class BackboneMismatchError(ValueError):
    """The model's backbone is not, or not wholly, the checkpoint's."""


class Verification(NamedTuple):
    """How much of a backbone is the checkpoint's."""

    loaded: int
    total: int
    fresh: list[str]  # names: rightly trained from scratch
    unused: list[str]  # names: in the file alone
    complete: bool
    sha256: str  # of the file's tensors

    def __str__(self) -> str:
        return (
            f'verified {self.loaded}/{self.total} backbone tensors '
            f'(sha256 {self.sha256[:12]})'
        )

    def to_dict(self) -> dict[str, Any]:
        return dict(self._asdict())


def verify_backbone(
    model: nn.Module, tensors: dict[str, Tensor], allow_partial: bool = False
) -> tuple[Verification, list[str]]:
    """Compare a model's backbone with the file's tensors, one by one.

    mmengine loads what fits and warns of the rest. Here everything that the
    backbone owns must equal the file's, to the last bit, and everything in
    the file must be used. What no checkpoint can have is told apart: C4's
    extra norm, and norms of outputs that a Swin Transformer adds downstream.

    Args:
        model: A detector, segmentor, pose estimator or classifier.
        tensors: The file's, by their names below the backbone.
        allow_partial: Return what would be raised as lines instead.

    Returns:
        What was found, and lines to tell the user.

    Raises:
        BackboneMismatchError: Naming tensors and likely causes.
        ValueError: If the model has no backbone.
    """
    parts = backbone_parts(model)
    found = compare(parts, tensors)
    caffe = caffe_style(parts)
    result = Verification(
        loaded=len(found.equal),
        total=found.total,
        fresh=[name for names in found.fresh.values() for name in names],
        unused=found.unused,
        complete=found.is_complete and not caffe,
        sha256=hash_tensors(tensors),
    )
    lines = [str(result)]
    for reason, names in found.fresh.items():
        lines.append(f'  not from the file: {list_names(names)} ({reason})')
    if result.complete:
        return result, lines
    causes = [caffe] if caffe else []
    if not found.is_complete:
        causes += likely_causes(found, parts, tensors)
    lines += [*mismatches(found), *(f'  likely cause: {x}' for x in causes)]
    if not allow_partial:
        raise BackboneMismatchError(
            '\n'.join(['the backbone is not the checkpoint:', *lines])
        )
    return result, lines


def mismatches(found: Comparison) -> list[str]:
    """A line for each way in which tensors are not the file's."""
    ways = dict(
        missing='not in the file',
        unused='in the file alone',
        reshaped='of another shape',
        different='of other values',
    )
    return [
        f'  {text}: {list_names(getattr(found, way))}'
        for way, text in ways.items()
        if getattr(found, way)
    ]


def list_names(names: list[str]) -> str:
    more = f' and {len(names) - AT_MOST} more' if len(names) > AT_MOST else ''
    return f'{len(names)}, {", ".join(names[:AT_MOST])}{more}'
