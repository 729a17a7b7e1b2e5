"""Checkpoints that are whole or not there, and a best one that is known."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS

from ..checkpoints.newest import MARK
from ..utils.files import write_text
from .missed_validation import VALIDATED, must_be_validated

# In the message hub, and so in checkpoints: best ones before the best one.
BETTERED = 'bettered_ckpts'


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """mmengine's hook, with nothing lost whenever the run is killed.

    A file is written under another name, flushed to the disk and renamed (by
    :mod:`regioncl_mm.compat.save`, which serves all of mmengine); then
    ``last_checkpoint`` names it, and only then are those deleted that
    ``max_keep_ckpts`` and ``save_best`` do not keep. mmengine deletes first.

    The best one is found by its name in the folder, which may have been
    moved. What was saved and not validated before the run was killed is
    validated when it goes on: the best one is that of the whole run.
    Arguments are those of mmengine's ``CheckpointHook``.
    """

    keep_ckpt_ids: deque

    def before_train(self, runner) -> None:
        """Clear up what a killed run left, and validate what it did not."""
        super().before_train(runner)
        work_dir = runner.work_dir
        if is_main_process():
            for folder, name in ((self.out_dir, '*.pth'), (work_dir, MARK)):
                for partial in Path(folder).glob(f'.{name}.*.part'):
                    partial.unlink()
        found = self._best_paths()
        best = {key: path and self._here(path) for key, path in found.items()}
        self._set_best_paths(best)
        if runner.iter == 0:
            return
        info = runner.message_hub.runtime_info
        last = info.get('last_ckpt')
        self.last_ckpt = last and self._here(last)
        for path in map(self._here, info.get(BETTERED, ())):
            if path not in best.values():
                self._remove(path)
        if must_be_validated(runner):
            runner.logger.info('Validating what was saved and not validated')
            runner.val_loop.run()

    def after_val_epoch(self, runner, metrics: dict) -> None:
        """Remember that it was validated, and save it if it is the best."""
        runner.message_hub.update_info(VALIDATED, runner.iter)
        super().after_val_epoch(runner, metrics)

    def _save_checkpoint_with_step(self, runner, step: int, meta) -> None:
        """Save, mark, and only then delete what is not kept any more."""
        limit = self.max_keep_ckpts
        kept = [*self.keep_ckpt_ids] if limit > 0 else []
        if limit > 0 and step not in kept:
            kept.append(step)
        if limit > 0:
            # With the one too many: a run that goes on from here deletes it
            # if this one does not come to it.
            runner.message_hub.update_info('keep_ckpt_ids', kept)
        filename = self.filename_tmpl.format(step)
        self.last_ckpt = self._here(filename)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            filename,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if is_main_process():
            write_text(Path(runner.work_dir, MARK), self.last_ckpt)
        if limit > 0:
            self.keep_ckpt_ids = deque(kept, limit)
            for outdated in kept[:-limit]:
                self._remove(self._here(self.filename_tmpl.format(outdated)))

    def _save_best_checkpoint(self, runner, metrics: dict) -> None:
        """Save the best one, and only then delete the one before it."""
        before = self._best_paths()
        bettered = [path for path in before.values() if path]
        runner.message_hub.update_info(BETTERED, bettered)
        # mmengine would delete it before it saves.
        self._set_best_paths(dict.fromkeys(before))
        super()._save_best_checkpoint(runner, metrics)
        best = {k: p or before[k] for k, p in self._best_paths().items()}
        self._set_best_paths(best)
        for key, path in before.items():
            if path and path != best[key]:
                self._remove(path)

    def _best_paths(self) -> dict[str, str | None]:
        """The best checkpoints, by the message hub's names for them."""
        if not self.save_best:
            return {}
        if len(self.key_indicators) == 1:
            return dict(best_ckpt=self.best_ckpt_path)
        paths = self.best_ckpt_path_dict
        return {f'best_ckpt_{key}': paths[key] for key in self.key_indicators}

    def _set_best_paths(self, paths: dict[str, str | None]) -> None:
        """Set what :meth:`_best_paths` returns."""
        if not paths:
            return
        if len(self.key_indicators) == 1:
            self.best_ckpt_path = paths['best_ckpt']
        else:
            self.best_ckpt_path_dict = {
                key: paths[f'best_ckpt_{key}'] for key in self.key_indicators
            }

    def _here(self, path: str) -> str:
        """The file of this name in the folder that checkpoints go to."""
        name = os.path.basename(path)
        return self.file_backend.join_path(self.out_dir, name)

    def _remove(self, path: str) -> None:
        """Delete a checkpoint, if it is there."""
        if not is_main_process():
            return
        if self.file_backend.isfile(path):
            self.file_backend.remove(path)
        elif self.file_backend.isdir(path):  # DeepSpeed's
            self.file_backend.rmtree(path)
