"""Numbers that are no longer numbers: seen, named, and not passed on."""

from .batch_file import image_names, keep_batch
from .gradients import UpdateWatch
from .late_numbers import LateNumbers
from .state_copy import StateCopy
from .step import Step, describe
from .tensors import (
    NonFiniteError,
    not_finite,
    refuse_not_finite,
    stack_numbers,
)

__all__ = [
    'LateNumbers',
    'NonFiniteError',
    'StateCopy',
    'Step',
    'UpdateWatch',
    'describe',
    'image_names',
    'keep_batch',
    'not_finite',
    'refuse_not_finite',
    'stack_numbers',
]
