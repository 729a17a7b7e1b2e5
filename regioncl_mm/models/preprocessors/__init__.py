"""Data preprocessors: augmentation on the device of the model."""

from .augmenting_data_preprocessor import AugmentingDataPreprocessor

__all__ = ['AugmentingDataPreprocessor']
