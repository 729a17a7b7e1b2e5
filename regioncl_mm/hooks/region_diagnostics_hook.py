"""Region diagnostics in the training log."""

from __future__ import annotations

from mmengine.dist import all_reduce_dict
from mmengine.hooks import Hook, LoggerHook
from mmengine.model import is_model_wrapper
from mmpretrain.registry import HOOKS

from ..diagnostics import region_diagnostics


@HOOKS.register_module()
class RegionDiagnosticsHook(Hook):
    """Adds similarities and the embeddings' spread to the steps logged.

    See :func:`regioncl_mm.diagnostics.region_diagnostics` for the figures;
    they are means over all processes. Steps that are not logged cost nothing:
    the model keeps its last embeddings, and they are looked at here only when
    :class:`mmengine.hooks.LoggerHook` is about to log.
    """

    def before_train(self, runner) -> None:
        loggers = [h for h in runner.hooks if isinstance(h, LoggerHook)]
        self.logger_hook = loggers[0] if loggers else None

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        observed = getattr(model, 'observed', None)
        if observed is None or not self._is_logged(runner, batch_idx):
            return
        figures = region_diagnostics(*observed)
        all_reduce_dict(figures, op='mean')
        for name, value in figures.items():
            runner.message_hub.update_scalar(f'train/{name}', value.item())

    def _is_logged(self, runner, batch_idx: int) -> bool:
        """The rule by which LoggerHook chooses its steps."""
        logger, loader = self.logger_hook, runner.train_dataloader
        if logger is None:
            return False
        return self.every_n_inner_iters(batch_idx, logger.interval) or (
            self.end_of_epoch(loader, batch_idx)
            and (not logger.ignore_last or len(loader) <= logger.interval)
        )
