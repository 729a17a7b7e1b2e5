"""Refuses batches that RegionCL cannot use, before the first step."""

from __future__ import annotations

import torch
from mmengine.dataset import InfiniteSampler
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpretrain.registry import HOOKS

from ..regions import swap_partners


@HOOKS.register_module()
class CheckInputsHook(Hook):
    """Tries the region branch on the shape of the first training sample.

    It also counts the images of the epoch's last batch, so that a leftover
    of one image is refused now and not at the end of the first epoch, and
    warns when the queue is longer than the data set: then an image meets its
    own earlier keys as negatives.

    Raises:
        ValueError: Before training, as :meth:`RegionBranch.draw` does.
    """

    def before_train(self, runner) -> None:
        """Look at the first sample and at the size of the last batch."""
        model, loader = runner.model, runner.train_dataloader
        if is_model_wrapper(model):
            model = model.module
        queue_len = getattr(model, 'queue_len', 0)
        if queue_len > len(loader.dataset):
            runner.logger.warning(
                f'the queue holds {queue_len} keys but the data set only '
                f'{len(loader.dataset)} images: images will be contrasted '
                'with their own earlier keys. Set `model.queue_len` below the '
                'number of images.'
            )
        branch = getattr(model, 'region_branch', None)
        if branch is None:
            return
        view = loader.dataset[0]['inputs'][0]
        with torch.random.fork_rng(devices=[]):
            branch.draw(
                torch.empty(
                    (loader.batch_size or 2, *view.shape), device='meta'
                )
            )
        if loader.drop_last or isinstance(loader.sampler, InfiniteSampler):
            return
        last = len(loader.sampler) % (loader.batch_size or 1)
        if last:
            swap_partners(last)
