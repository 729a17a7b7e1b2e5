"""The checkpoints that a training left in its work dir."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import broadcast
from mmengine.hooks import CheckpointHook
from mmengine.model import is_model_wrapper
from mmengine.runner.checkpoint import load_checkpoint

from ..utils import from_main_process
from .newest import find_newest


def find_best_checkpoint(work_dir: Path) -> Path | None:
    """The one that mmengine's ``save_best`` keeps there, if any."""
    found = work_dir.glob('best_*.pth')
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def find_trained_checkpoint(work_dir: Path) -> Path:
    """The best checkpoint of a run that keeps it, else the newest.

    Raises:
        ValueError: If there is none, or none is whole.
    """
    best = find_best_checkpoint(work_dir)
    path = best or find_newest(work_dir).path
    if path is None:
        raise ValueError(
            f'{work_dir} has no checkpoint to test; train first, without '
            '--test-only'
        )
    return path


def load_best_checkpoint(runner) -> int | None:
    """Load the weights of the best checkpoint into the runner's model.

    Returns:
        Its epoch (steps, if the run counts these); ``None`` if there is none,
        as without ``save_best`` of CheckpointHook or without validation.
    """
    hooks = [x for x in runner.hooks if isinstance(x, CheckpointHook)]
    keepers = [hook for hook in hooks if hook.save_best]
    if not keepers:
        return None
    model = runner.model
    if is_model_wrapper(model):
        model = model.module

    def load() -> int | None:
        known = getattr(keepers[0], 'best_ckpt_path', None)
        path = known or find_best_checkpoint(Path(runner.work_dir))
        if path is None:
            return None
        meta = load_checkpoint(model, str(path), map_location='cpu')['meta']
        return meta['epoch' if keepers[0].by_epoch else 'iter']

    # Only the first process's disk is sure to have the file.
    when = from_main_process(load)
    if when is None:
        return None
    for tensor in model.state_dict().values():
        broadcast(tensor)
    return when
