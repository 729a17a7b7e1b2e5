"""A checkpoint out of turn, saved as the run's CheckpointHook saves."""

from __future__ import annotations

import copy

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook


def save_out_of_turn(runner, by_epoch: bool) -> str | None:
    """Save now, and have ``last_checkpoint`` name the file.

    It is none of those that ``max_keep_ckpts`` counts.

    Args:
        runner: The run's, in ``after_train_iter``, or ``after_train_epoch``
            with ``by_epoch``.
        by_epoch: Call the file ``epoch_N.pth``, and not ``iter_N.pth``.

    Returns:
        The file's name, of which there is already one if the run's own
        CheckpointHook has just saved it; ``None`` if the run has none.
    """
    hooks = [x for x in runner.hooks if isinstance(x, CheckpointHook)]
    if not hooks:
        return None
    done = runner.epoch + 1 if by_epoch else runner.iter + 1
    name = f'epoch_{done}.pth' if by_epoch else f'iter_{done}.pth'
    if last_saved(runner) != name:
        hook = copy.copy(hooks[0])
        hook.by_epoch = by_epoch
        hook.filename_tmpl = 'epoch_{}.pth' if by_epoch else 'iter_{}.pth'
        hook.max_keep_ckpts = -1
        hook._save_checkpoint(runner)
    return name


def last_saved(runner) -> str:
    """The name of the run's latest checkpoint; empty if there is none."""
    path = runner.message_hub.runtime_info.get('last_ckpt') or ''
    return path.replace('\\', '/').split('/')[-1]


def delete_out_of_turn(runner, name: str) -> None:
    """Delete such a checkpoint, which another one has followed."""
    hooks = [x for x in runner.hooks if isinstance(x, CheckpointHook)]
    if hooks and is_main_process():
        backend = hooks[0].file_backend
        path = backend.join_path(hooks[0].out_dir, name)
        if backend.isfile(path):
            backend.remove(path)
