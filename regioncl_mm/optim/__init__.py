"""Optimizers and their wrappers."""

from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .foreach_lars import ForeachLARS
from .fused_sgd import FusedSGD

__all__ = ['BFloat16OptimWrapper', 'ForeachLARS', 'FusedSGD']
