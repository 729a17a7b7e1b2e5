from .real_accuracy import ReaLAccuracy

__all__ = ['ReaLAccuracy']
