"""Backbones through torch's compiler."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpretrain.registry import HOOKS
from torch import nn

from ..models.momentum import momentum_backbone


@HOOKS.register_module()
class CompileBackboneHook(Hook):
    """Compiles the backbone of a pretraining model, and the momentum one.

    Backbones alone: their shapes never change, while losses, queue and
    rectangles differ by step and would be compiled again and again.
    Composites have the shape of whole images (but not with ``swap=False``).
    Parameters and state-dict keys stay as they are. Where torch cannot
    compile, a warning says why, and the training goes on without.

    Args:
        backend: The backend of :func:`torch.compile`.
        mode: Its mode.
    """

    def __init__(self, backend: str = 'inductor', mode: str | None = None):
        self.options: dict[str, Any] = dict(
            backend=backend, mode=mode, dynamic=False
        )
        self.compiled: list[nn.Module] = []

    def before_train(self, runner) -> None:
        """Compile, or warn why not."""
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        device = next(model.parameters()).device
        try:
            # A small one, to see whether there are a compiler and its tools.
            torch.compile(lambda x: x * x, **self.options)(
                torch.ones(2, device=device)
            )
        except Exception as error:  # of whatever tool is missing
            first_line = str(error).strip().partition('\n')[0]
            runner.logger.warning(
                'backbones are not compiled, for torch.compile fails here: '
                f'{type(error).__name__}: {first_line}'
            )
            return
        self.compiled = compile_backbones(model, **self.options)

    def after_train(self, runner) -> None:
        """Take it back."""
        for backbone in self.compiled:
            del backbone.forward  # and the class's is back
        self.compiled = []


def compile_backbones(model: nn.Module, **options) -> list[nn.Module]:
    """Compile the forward pass of a model's backbone and momentum backbone.

    Args:
        model: A pretraining model.
        **options: Arguments of :func:`torch.compile`.

    Returns:
        These backbones; ``del backbone.forward`` takes it back.
    """
    momentum = momentum_backbone(model)
    backbones = [model.backbone, *([momentum] if momentum else [])]
    for backbone in backbones:
        backbone.forward = torch.compile(backbone.forward, **options)
    return backbones
