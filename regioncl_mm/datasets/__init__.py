"""Transforms and data sets that configs name."""

from .labelled_subset import LabelledSubset
from .transforms import FastMultiView, LoadImageOrReport

__all__ = ['FastMultiView', 'LabelledSubset', 'LoadImageOrReport']
