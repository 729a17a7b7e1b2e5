"""Which steps of a training are logged."""

from __future__ import annotations

from mmengine.hooks import LoggerHook


def is_logged(runner, batch_idx: int) -> bool:
    """Whether mmengine's LoggerHook logs this step, by its own rule."""
    logger = next((h for h in runner.hooks if isinstance(h, LoggerHook)), None)
    loader = runner.train_dataloader
    if logger is None:
        return False
    return logger.every_n_inner_iters(batch_idx, logger.interval) or (
        logger.end_of_epoch(loader, batch_idx)
        and (not logger.ignore_last or len(loader) <= logger.interval)
    )
