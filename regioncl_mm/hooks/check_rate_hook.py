"""Warns of a learning rate that is meant for another batch."""

from __future__ import annotations

from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.registry import HOOKS


@HOOKS.register_module()
class CheckRateHook(Hook):
    """Compares the batch with ``auto_scale_lr.base_batch_size``.

    A config says there which batch its rate is meant for. With another, and
    the rate not scaled, one line says which rate would be in proportion.
    """

    def before_train(self, runner) -> None:
        """Compare, and warn."""
        scale = runner.cfg.get('auto_scale_lr') or {}
        meant_for = scale.get('base_batch_size')
        if not meant_for or scale.get('enable'):
            return
        parts = (
            runner.train_dataloader.batch_size or 1,
            get_world_size(),
            getattr(runner.optim_wrapper, '_accumulative_counts', 1),
        )
        batch = parts[0] * parts[1] * parts[2]
        if batch != meant_for:
            runner.logger.warning(
                f'the rate is meant for a batch of {meant_for} images, and '
                f'here are {batch} ({parts[0]} of each of {parts[1]} '
                f'process(es), {parts[2]} times accumulated): in proportion '
                f'it would be {batch / meant_for:g} times as high; '
                '`--auto-scale-lr` makes it so, but for what is accumulated'
            )
