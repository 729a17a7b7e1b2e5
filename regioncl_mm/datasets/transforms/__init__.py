"""Transforms of the loading pipeline."""

from .fast_multi_view import FastMultiView
from .loading import LoadImageOrReport

__all__ = ['FastMultiView', 'LoadImageOrReport']
