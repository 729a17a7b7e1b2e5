"""Runs that go on where they were, as if they had not been interrupted."""

from .loaders import begin, is_endless, resumable
from .loops import (
    ResumableEpochBasedTrainLoop,
    ResumableIterBasedTrainLoop,
)
from .samplers import ResumableBatchSampler, ResumableSampler
from .samples import SeededIndex, SeededSamples
from .seeds import mix, seed_host, seed_step

__all__ = [
    'ResumableBatchSampler',
    'ResumableEpochBasedTrainLoop',
    'ResumableIterBasedTrainLoop',
    'ResumableSampler',
    'SeededIndex',
    'SeededSamples',
    'begin',
    'is_endless',
    'mix',
    'resumable',
    'seed_host',
    'seed_step',
]
