"""mmengine's train loops, resumed where they were."""

from __future__ import annotations

from itertools import chain, repeat
from typing import Any, Iterator

from mmengine.registry import LOOPS
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from ..utils.signals import signal_handlers_restored
from .loaders import begin, is_endless, is_resumable, resumable
from .seeds import run_seed, seed_step


@LOOPS.register_module()
class ResumableEpochBasedTrainLoop(EpochBasedTrainLoop):
    """mmengine's loop over epochs, which resumes in the middle of one.

    Each step begins with seeds that follow from its number
    (:mod:`regioncl_mm.resume.seeds`), so that a run that was interrupted at
    any step goes on as if it had not been. The data loader's sampler is
    shuffled by the run's seed.

    Args:
        runner: As in mmengine's loop.
        dataloader: A config. A loader that is built already begins its
            epochs with their first batch.
        **options: As in mmengine's loop, ``max_epochs`` among them.
    """

    def __init__(self, runner, dataloader: Any, **options):
        super().__init__(runner, resumable(dataloader), **options)
        self._first_batch = 0

    def run(self) -> None:
        """Run what is left.

        Signals mean afterwards what they did before, also where an error ends
        it and hooks are not told.
        """
        with signal_handlers_restored():
            super().run()

    def run_epoch(self) -> None:
        """Run an epoch, or what is left of it."""
        done = self._iter - self._epoch * len(self.dataloader)
        seed = run_seed(self.runner)
        self._first_batch = begin(self.dataloader, seed, self._epoch, done)
        super().run_epoch()

    def run_iter(self, idx: int, data_batch: Any) -> None:
        """Run a step with its own seeds.

        Args:
            idx: The batch's number among those that the loader gives.
            data_batch: The batch.
        """
        seed_step(self.runner, self._iter)
        super().run_iter(self._first_batch + idx, data_batch)


@LOOPS.register_module()
class ResumableIterBasedTrainLoop(IterBasedTrainLoop):
    """mmengine's loop over iterations, resumed without reading old batches.

    Otherwise as :class:`ResumableEpochBasedTrainLoop`; of a loader that is
    built already old batches are read.

    Args:
        runner: As in mmengine's loop.
        dataloader: A config, or a loader.
        **options: As in mmengine's loop, ``max_iters`` among them.
    """

    def __init__(self, runner, dataloader: Any, **options):
        super().__init__(runner, resumable(dataloader), **options)

    def run(self) -> None:
        """Run what is left; signals as in the other loop."""
        if is_resumable(self.dataloader):
            # mmengine's loop throws as many away as there were iterations.
            thrown_away = repeat(None, self._iter)
            self.dataloader_iterator = chain(thrown_away, self._batches())
        with signal_handlers_restored():
            super().run()

    def run_iter(self, data_batch: Any) -> None:
        """Run a step with its own seeds."""
        seed_step(self.runner, self._iter)
        super().run_iter(data_batch)

    def _batches(self) -> Iterator[Any]:
        """Batches without end, from this iteration's on."""
        loader = self.dataloader
        epoch, batch = divmod(self._iter, len(loader))
        if is_endless(loader):
            epoch, batch = 0, self._iter
        while True:
            begin(loader, run_seed(self.runner), epoch, batch)
            yield from loader
            epoch, batch = epoch + 1, 0
