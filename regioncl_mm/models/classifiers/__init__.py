"""Classifiers of pretrained backbones."""

from .linear_classifier import LinearClassifier

__all__ = ['LinearClassifier']
