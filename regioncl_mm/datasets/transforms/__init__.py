"""Transforms of the loading pipeline."""

from .batch_multi_view import BatchMultiView
from .fast_multi_view import FastMultiView
from .loading import LoadImageOrReport

__all__ = ['BatchMultiView', 'FastMultiView', 'LoadImageOrReport']
