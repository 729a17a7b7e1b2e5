"""Proof that a model has a checkpoint's backbone."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor, nn

from .compare import Comparison, backbone_modules, compare
from .find import hash_tensors
from .mismatch_causes import explain_caffe_style, likely_causes

MAX_NAMES = 8  # in one message


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
        """What ``results.json`` has of it."""
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
    modules = backbone_modules(model)
    found = compare(modules, tensors)
    caffe = explain_caffe_style(modules)
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
        causes += likely_causes(found, modules, tensors)
    lines += mismatch_lines(found)
    lines += [f'  likely cause: {cause}' for cause in causes]
    if not allow_partial:
        raise BackboneMismatchError(
            '\n'.join(['the backbone is not the checkpoint:', *lines])
        )
    return result, lines


def mismatch_lines(found: Comparison) -> list[str]:
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
    """How many there are, and the first of them."""
    rest = len(names) - MAX_NAMES
    more = f' and {rest} more' if rest > 0 else ''
    return f'{len(names)}, {", ".join(names[:MAX_NAMES])}{more}'
