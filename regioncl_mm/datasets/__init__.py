from .labelled_subset import LabelledSubset
from .transforms import LoadImageOrReport

__all__ = ['LabelledSubset', 'LoadImageOrReport']
