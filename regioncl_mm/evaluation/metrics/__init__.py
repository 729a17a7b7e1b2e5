"""Metrics that evaluators of mmpretrain can have."""

from .real_accuracy import ReaLAccuracy

__all__ = ['ReaLAccuracy']
