"""Counts the images that training passed over."""

from __future__ import annotations

from mmengine.dataset import Compose
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from ..datasets import LoadImageOrReport
from ..utils.data_sets import inner_data_sets

_NONE = Compose([])


@HOOKS.register_module()
class SkippedImagesHook(Hook):
    """Says after every epoch how many images could not be read.

    The first process's workers name an image when they meet it; those that
    only other processes have met are named here.
    """

    def before_train(self, runner) -> None:
        """Find the transforms that skip images."""
        self._loading = [
            transform
            for data_set in inner_data_sets(runner.train_dataloader.dataset)
            for transform in getattr(data_set, 'pipeline', _NONE).transforms
            if isinstance(transform, LoadImageOrReport)
        ]
        self._earlier = 0

    def after_train_epoch(self, runner) -> None:
        """Name those of other processes, and count all."""
        if not self._loading:
            return
        count = sum(transform.skipped.count for transform in self._loading)
        names = [
            name
            for transform in self._loading
            for name in transform.skipped.names()
        ]
        gathered = all_gather_object((count - self._earlier, names))
        self._earlier = count
        in_epoch = sum(number for number, _ in gathered)
        everyones = {name for _, found in gathered for name in found}
        for name in sorted(everyones.difference(names)):
            self._loading[0].skipped.add(name, counts=False)
            runner.logger.warning(f'{name}; skipped whenever it is drawn')
        if in_epoch:
            runner.logger.warning(
                f'epoch {runner.epoch + 1}: {in_epoch} times another image '
                f'was drawn for one that cannot be read; {len(everyones)} '
                'such files are named so far'
            )
