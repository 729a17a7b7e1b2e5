"""Norm layers: batch norm over parts of a batch."""

from .split_batch_norm import SplitBatchNorm

__all__ = ['SplitBatchNorm']
