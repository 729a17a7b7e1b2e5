"""Warns of embeddings that are the same for all images."""

from __future__ import annotations

import math

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpretrain.registry import HOOKS

from ..collapse import looks_collapsed, loss_if_constant
from ..diagnostics import embedding_std
from .logged_steps import is_logged

FEWEST_LOOKS = 5


@HOOKS.register_module()
class CollapseHook(Hook):
    """Looks at the embeddings of steps that are logged.

    Embeddings that do not differ between images, or a loss that stays where
    such embeddings put it, are common in the first steps and bad when they
    last. Then one warning says what it means and what to try, and a line
    tells when it is over. Other steps cost nothing.

    Args:
        steps: So many steps it must last, or a quarter of the run if that is
            less; and at least five of them are logged.
    """

    priority = 'LOW'  # the losses have been read

    def __init__(self, steps: int = 1000):
        self.steps = steps
        self.since: int | None = None  # the first step of a row
        self.looks = 0
        self.told = False

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """Look at a step that is logged."""
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        observed = getattr(model, 'observed', None)
        if observed is None or not is_logged(runner, batch_idx):
            return
        q, k, _ = observed
        deviation = embedding_std(q).item()
        expected = 1 / math.sqrt(k.size(1))
        loss, constant = _instance_loss(runner), loss_if_constant(model)
        step = runner.iter + 1
        if not looks_collapsed(deviation / expected, loss, constant):
            if self.told:
                runner.logger.info(f'step {step}: embeddings differ again')
            self.since, self.looks, self.told = None, 0, False
            return
        self.since = step if self.since is None else self.since
        self.looks += 1
        lasts = step - self.since >= min(self.steps, runner.max_iters // 4)
        if self.told or not lasts or self.looks < FEWEST_LOOKS:
            return
        self.told = True
        said = '' if loss is None else f'; loss_instance is {loss:.4f}'
        if loss is not None and constant is not None:
            said += f', and {constant} if they are all the same'
        runner.logger.warning(
            f'collapse: since step {self.since} all images have had nearly '
            'the same embedding, or the loss what such embeddings give, and '
            'nothing is learned, however low it is. The embeddings have a '
            f'standard deviation of {deviation:.5f}, of {expected:.5f} if '
            f'spread{said}. Try a lower `optim_wrapper.optimizer.lr`, a '
            'longer warm-up (LinearLR in `param_scheduler`) and less weight '
            'decay; with a queue, a momentum encoder that follows more '
            'slowly; without negatives, batch norm in projector and predictor '
            'and no gradient through the target'
        )


def _instance_loss(runner) -> float | None:
    name = 'train/loss_instance'
    if name not in runner.message_hub.log_scalars:
        return None
    return float(runner.message_hub.get_scalar(name).current())
