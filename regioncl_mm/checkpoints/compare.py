"""Compare a model's backbone with a file's tensors, one by one."""

from __future__ import annotations

import re
from typing import NamedTuple

import torch
from torch import Tensor, nn

SHARED_HEAD = 'roi_head.shared_head'
# Where a downstream model has what pretraining calls the backbone: detectors
# of C4 have its last stage in the head.
BACKBONE_PATHS = ('backbone', SHARED_HEAD)
COUNTER = '.num_batches_tracked'


class Comparison(NamedTuple):
    """Names of tensors, below the backbone or the head that has them."""

    equal: list[str]  # in shape and in every value
    different: list[str]  # in a value
    reshaped: list[str]
    missing: list[str]  # the model's, not in the file
    unused: list[str]  # the file's, not in the model
    fresh: dict[str, list[str]]  # rightly not in the file, by the reason

    @property
    def total(self) -> int:
        """Tensors that the model should have from the file."""
        mismatched = self.different + self.reshaped + self.missing
        return len(self.equal) + len(mismatched)

    @property
    def is_complete(self) -> bool:
        """Whether the two have the same tensors, and none is unexplained."""
        return len(self.equal) == self.total > 0 and not self.unused


def backbone_modules(model: nn.Module) -> dict[str, nn.Module]:
    """The modules that a backbone's tensors go to, by their path.

    Raises:
        ValueError: If the model has no ``backbone``.
    """
    modules = {}
    for path in BACKBONE_PATHS:
        try:
            modules[path] = model.get_submodule(path)
        except AttributeError:  # only C4 has the second
            continue
    if 'backbone' not in modules:
        children = ', '.join(name for name, _ in model.named_children())
        raise ValueError(
            f'{type(model).__name__} has no `backbone`, it has: {children}'
        )
    return modules


def joint_state_dict(modules: dict[str, nn.Module]) -> dict[str, Tensor]:
    """All tensors of the modules, by the names that one backbone gives them.

    Args:
        modules: What :func:`backbone_modules` found.
    """
    tensors: dict[str, Tensor] = {}
    for module in modules.values():
        tensors.update(module.state_dict())
    return tensors


def compare(
    modules: dict[str, nn.Module], tensors: dict[str, Tensor]
) -> Comparison:
    """Compare every parameter and buffer with the file's.

    Args:
        modules: What :func:`backbone_modules` found.
        tensors: The file's, by their names below the backbone.
    """
    model = joint_state_dict(modules)
    result = Comparison([], [], [], [], sorted(set(tensors) - set(model)), {})
    for name, tensor in model.items():
        if name not in tensors:
            result.missing.append(name)
        elif tensor.shape != tensors[name].shape:
            result.reshaped.append(name)
        elif torch.equal(tensor.cpu(), tensors[name].to(tensor.dtype)):
            result.equal.append(name)
        else:
            result.different.append(name)
    for name in list(result.missing):
        reason = why_fresh(name, modules, tensors)
        if reason:
            result.missing.remove(name)
            result.fresh.setdefault(reason, []).append(name)
    return result


def why_fresh(
    name: str, modules: dict[str, nn.Module], tensors: dict[str, Tensor]
) -> str | None:
    """Why a checkpoint may lack a tensor, if there is a good reason."""
    if name.endswith(COUNTER) and not any(
        x.endswith(COUNTER) for x in tensors
    ):
        return 'counters of batches, which old checkpoints do not have'
    if re.match(r'norm\.', name) and name in (
        modules[SHARED_HEAD].state_dict() if SHARED_HEAD in modules else ()
    ):
        return "C4's norm after the last stage, which is trained from scratch"
    output_norm = re.compile(r'norm\d\.')
    if output_norm.match(name) and any(map(output_norm.match, tensors)):
        # In pretraining a Swin Transformer has the last stage's alone.
        return 'norms of outputs that pretraining did not use'
    return None
