"""An online k-nearest-neighbour evaluation of the backbone."""

from __future__ import annotations

import time
from typing import Any, Sequence

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from torch import nn

from ..evaluation.held_batches import HeldBatches
from ..evaluation.online_knn import online_accuracies
from ..evaluation.partly_visible import SEED, PartlyVisible
from ..evaluation.ready import check_neighbours, try_features
from ..utils.unread import warn_of_unread


@HOOKS.register_module()
class KNNHook(Hook):
    """Classifies held-out images by their nearest training images.

    Features are those of the online backbone, pooled and normalised. The
    accuracies, in percent, go to the log and to every visualiser backend
    (``scalars.json``, TensorBoard) as ``knn20`` and so on.

    Args:
        memory_dataloader: Config of the labelled images to search, with a
            test-time pipeline.
        query_dataloader: Config of the images to classify.
        k: Numbers of neighbours.
        temperature: The temperature of the weighted vote.
        vote: ``'weighted'`` (by ``exp(similarity / temperature)``) or
            ``'majority'``.
        interval: Epochs between evaluations; the last epoch is always
            evaluated.
        at_start: Also evaluate the backbone as initialised, before the first
            epoch.
        partly_visible: Also classify the regions of composites of the images
            to classify, each by the nearest whole images: ``knn20_canvas``
            and ``knn20_paste``. A dict of ``stride``, ``min_cells`` and
            ``max_cells``, as ``RegionBranch`` takes them; the same composites
            for every method, of images that are near each other in
            ``query_dataloader``, which is shuffled for this unless it has a
            sampler of its own. None leaves this out.

    Raises:
        ValueError: If ``vote`` is unknown or a number is not positive; and
            before training, if there are fewer images than neighbours, labels
            are missing or of other classes, no features can be had, or
            batches of one image are to make composites.
    """

    priority = 'LOW'

    def __init__(
        self,
        memory_dataloader: dict,
        query_dataloader: dict,
        k: Sequence[int] = (20, 100),
        temperature: float = 0.07,
        vote: str = 'weighted',
        interval: int = 1,
        at_start: bool = False,
        partly_visible: dict | None = None,
    ):
        if vote not in ('weighted', 'majority'):
            raise ValueError(
                f"`vote` must be 'weighted' or 'majority', got {vote!r}"
            )
        if min(temperature, interval, *k) <= 0:
            raise ValueError(
                '`k`, `temperature` and `interval` must be '
                f'positive, got {tuple(k)}, {temperature}, '
                f'{interval}'
            )
        # Configs, until training begins.
        self.dataloaders: list[Any] = [memory_dataloader, query_dataloader]
        self.k = sorted(k)
        self.temperature = temperature
        self.vote = vote
        self.interval = interval
        self.at_start = at_start
        self.partly_visible = (
            None if partly_visible is None else PartlyVisible(**partly_visible)
        )

    def before_train(self, runner) -> None:
        """Build the data loaders, and find that they can be used."""
        # Many data sets are sorted by class, and the regions of composites of
        # neighbours were then of one class.
        shuffled = (False, self.partly_visible is not None)
        self.dataloaders = [
            self._build(runner, *x) for x in zip(self.dataloaders, shuffled)
        ]
        self._check(runner)
        # Not the epoch, for a run may be resumed in its first one.
        if self.at_start and runner.iter == 0:
            self._evaluate(runner, epoch=0)

    def after_train_epoch(self, runner) -> None:
        """Evaluate, if it is this epoch's turn."""
        if self.every_n_epochs(
            runner, self.interval
        ) or self.is_last_train_epoch(runner):
            self._evaluate(runner, runner.epoch + 1)

    def _check(self, runner) -> None:
        memory, queries = self.dataloaders
        for remark in check_neighbours(memory, queries, self.k):
            runner.logger.warning(remark)
        model = _unwrapped(runner.model)
        for loader in self.dataloaders:
            warn_of_unread(runner, loader.dataset)
        try_features(model, memory)
        try_features(model, queries, self.partly_visible)

    @staticmethod
    def _build(
        runner, loader: dict | HeldBatches, shuffled: bool
    ) -> HeldBatches:
        if not isinstance(loader, dict):
            return loader
        defaults = dict(
            num_workers=0,
            # `extract_features` counts on how this deals samples out.
            sampler=dict(type='DefaultSampler', shuffle=shuffled, seed=SEED),
            collate_fn=dict(type='default_collate'),
        )
        return HeldBatches(
            Runner.build_dataloader({**defaults, **loader}, runner.seed)
        )

    def _evaluate(self, runner, epoch: int) -> None:
        start = time.time()
        accuracies = self.evaluate(runner.model)
        figures = '  '.join(
            f'{name}: {accuracy:.2f}' for name, accuracy in accuracies.items()
        )
        runner.logger.info(
            f'Epoch(knn) [{epoch}]  {figures}  time: {time.time() - start:.1f}'
        )
        runner.visualizer.add_scalars(accuracies, step=epoch)

    def evaluate(self, model) -> dict[str, float]:
        """Top-1 accuracies in percent, by name."""
        memory, queries = self.dataloaders
        return online_accuracies(
            _unwrapped(model),
            memory,
            queries,
            self.k,
            self.temperature,
            self.vote == 'weighted',
            self.partly_visible,
        )


def _unwrapped(model: nn.Module) -> nn.Module:
    return model.module if is_model_wrapper(model) else model
