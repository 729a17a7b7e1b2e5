from .linear_classifier import LinearClassifier

__all__ = ['LinearClassifier']
