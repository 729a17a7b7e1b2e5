"""Numbers that are no longer numbers: seen, named, and not passed on."""

from .bad_row import BadRow
from .batch_file import image_names, keep_batch
from .gradients import UpdateWatch
from .late_numbers import LateNumbers
from .skipped_updates import SkippedUpdates, is_spoilt
from .state_copy import StateCopy
from .step import Step, describe
from .tensors import (
    NonFiniteError,
    not_finite,
    refuse_not_finite,
    stack_numbers,
)

__all__ = [
    'BadRow',
    'LateNumbers',
    'NonFiniteError',
    'SkippedUpdates',
    'StateCopy',
    'Step',
    'UpdateWatch',
    'describe',
    'image_names',
    'is_spoilt',
    'keep_batch',
    'not_finite',
    'refuse_not_finite',
    'stack_numbers',
]
