"""Runs that go on where they were, as if they had not been interrupted."""

from .conditions import conditions_of
from .differences import find_differences, refuse
from .loaders import begin, is_endless, resumable
from .loops import (
    ResumableEpochBasedTrainLoop,
    ResumableIterBasedTrainLoop,
)
from .samplers import ResumableBatchSampler, ResumableSampler
from .samples import SeededIndex, SeededSamples
from .schedules import wind_forward
from .seeds import mix, seed_host, seed_step
from .translate import Place, same_place

__all__ = [
    'Place',
    'ResumableBatchSampler',
    'ResumableEpochBasedTrainLoop',
    'ResumableIterBasedTrainLoop',
    'ResumableSampler',
    'SeededIndex',
    'SeededSamples',
    'begin',
    'conditions_of',
    'find_differences',
    'is_endless',
    'mix',
    'refuse',
    'resumable',
    'same_place',
    'seed_host',
    'seed_step',
    'wind_forward',
]
