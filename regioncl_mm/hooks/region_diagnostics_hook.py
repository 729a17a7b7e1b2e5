"""Region diagnostics in the training log."""

from __future__ import annotations

from mmengine.dist import all_reduce_dict
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpretrain.registry import HOOKS

from ..diagnostics import region_diagnostics
from .logged_steps import is_logged


@HOOKS.register_module()
class RegionDiagnosticsHook(Hook):
    """Adds similarities and the embeddings' spread to the steps logged.

    See :func:`regioncl_mm.diagnostics.region_diagnostics` for the figures;
    they are means over all processes. Steps that are not logged cost nothing:
    the model keeps its last embeddings, and they are looked at here only when
    :class:`mmengine.hooks.LoggerHook` is about to log.
    """

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """Take the figures of a step that is logged."""
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        observed = getattr(model, 'observed', None)
        if observed is None or not is_logged(runner, batch_idx):
            return
        figures = region_diagnostics(*observed)
        all_reduce_dict(figures, op='mean')
        for name, value in figures.items():
            runner.message_hub.update_scalar(f'train/{name}', value.item())
