"""Refuses batches that a method cannot use, before the first step."""

from __future__ import annotations

from itertools import product
from typing import Any, Iterable

import torch
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpretrain.registry import HOOKS
from torch import nn

from ..methods import has_known_loss
from ..models.norms import SplitBatchNorm
from ..models.trial import try_model
from ..regions import swap_partners
from ..resume import is_endless
from ..utils.data_sets import count_images, refuse_no_batch
from ..utils.unread import warn_of_unread


@HOOKS.register_module()
class CheckInputsHook(Hook):
    """Looks at the first training sample and at the sizes of batches.

    It tries the region branch on the shape of the sample, and the whole model
    on two of them. The sample must be two views, but for algorithms that are
    none of this project, nor a base of one. It counts the images of the
    epoch's last batch, so that a leftover of one image is refused now and not
    at the end of the first epoch. It warns when the queue is longer than the
    data set: then an image meets its own earlier keys as negatives; and of
    pictures that are left out for the endings of their names.

    Raises:
        ValueError: Before training, as :meth:`RegionBranch.draw` and
            :func:`~regioncl_mm.models.trial.try_model` do; if there are
            fewer images than a batch, or other than two views; and if a batch
            of a single image goes through a batch norm of vectors.
    """

    priority = 'ABOVE_NORMAL'  # before a hook compiles for other batches

    def before_train(self, runner) -> None:
        """Look at the first sample and at the size of the last batch."""
        model, loader = runner.model, runner.train_dataloader
        if is_model_wrapper(model):
            model = model.module
        refuse_no_batch(loader)
        warn_of_long_queue(runner)
        warn_of_unread(runner, loader.dataset)
        sample = loader.dataset[0]
        branch = getattr(model, 'region_branch', None)
        if has_known_loss(type(model)):
            view = first_view(sample)
        elif branch is not None:
            views = sample['inputs']
            view = views if isinstance(views, torch.Tensor) else views[0]
        if branch is not None:
            with torch.random.fork_rng(devices=[]):
                branch.draw(
                    torch.empty(
                        (loader.batch_size or 2, *view.shape), device='meta'
                    )
                )
        sizes: tuple = (loader.batch_size, last_batch(loader))
        if 1 in sizes:
            if branch is not None:
                swap_partners(1)
            refuse_norms_of_one(model)
        if branch is not None:
            sizes += tuple(branch.num_composites(x) for x in sizes if x)
        refuse_uneven_splits(model, sizes)
        try_model(model, loader.collate_fn([sample, sample]))


def warn_of_long_queue(runner) -> None:
    """Warn if a queue holds more keys than there are different images."""
    model = runner.model
    if is_model_wrapper(model):
        model = model.module
    queue_len = getattr(model, 'queue_len', 0)
    if not queue_len:
        return
    num_images = count_images(runner.train_dataloader.dataset)
    if queue_len > num_images:
        runner.logger.warning(
            f'the queue holds {queue_len} keys but the data set only '
            f'{num_images} images: images will be contrasted '
            'with their own earlier keys. Set `model.queue_len` below the '
            'number of images.'
        )


def first_view(sample: dict) -> torch.Tensor:
    """The first of the two views of an image."""
    views = sample['inputs']
    count = 'no' if isinstance(views, torch.Tensor) else len(views)
    if count != 2:
        raise ValueError(
            f'the training pipeline makes {count} views of an image, and two '
            'are needed: MultiView, FastMultiView or BatchMultiView, with '
            '`num_views=2`'
        )
    return views[0]


def last_batch(loader: Any) -> int:
    """The images of an epoch's last batch if it is no whole one, or else 0."""
    if loader.drop_last or is_endless(loader):
        return 0
    return len(loader.sampler) % (loader.batch_size or 1)


def refuse_norms_of_one(model: nn.Module) -> None:
    """Raise if a model normalises vectors over the batch of a process."""
    kinds: tuple[type, ...] = (nn.BatchNorm1d,)
    if get_world_size() == 1:
        kinds += (nn.SyncBatchNorm,)
    for name, module in model.named_modules():
        # Those of a backbone have the pixels of a map to average over.
        if isinstance(module, kinds) and 'backbone' not in name:
            raise ValueError(
                f'the last batch of an epoch would be one image, and `{name}` '
                'cannot normalise one; set `train_dataloader.drop_last=True` '
                'or another `train_dataloader.batch_size`'
            )


def refuse_uneven_splits(
    model: nn.Module, sizes: Iterable[int | None]
) -> None:
    """Raise if a batch cannot be split for its norms into equal parts."""
    splits = {
        module.num_splits
        for module in model.modules()
        if isinstance(module, SplitBatchNorm)
    }
    for size, count in product(sizes, splits):
        if size and size % count:
            raise ValueError(
                f'a batch of the epoch would be {size} images or composites, '
                'which SplitBN '
                f'cannot split into {count} equal parts; set '
                '`train_dataloader.drop_last=True`, or another '
                '`train_dataloader.batch_size`, `num_splits` or '
                '`region_branch.composite_fraction`'
            )
