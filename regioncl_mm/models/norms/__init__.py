from .split_batch_norm import SplitBatchNorm

__all__ = ['SplitBatchNorm']
