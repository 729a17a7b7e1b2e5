"""Optimizers and their wrappers."""

from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .foreach_lars import ForeachLARS

__all__ = ['BFloat16OptimWrapper', 'ForeachLARS']
