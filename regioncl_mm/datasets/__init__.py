"""Transforms and data sets that configs name."""

from .labelled_subset import LabelledSubset
from .picture_memory import PictureMemory
from .transforms import BatchMultiView, FastMultiView, LoadImageOrReport

__all__ = [
    'BatchMultiView',
    'FastMultiView',
    'LabelledSubset',
    'LoadImageOrReport',
    'PictureMemory',
]
