"""RegionCL for OpenMMLab; importing it registers everything."""

# In this order: compat mends what the others import.
from . import compat, datasets, hooks, models, optim, resume  # noqa: F401
from .evaluation import metrics  # noqa: F401
from .version import __version__

__all__ = ['__version__']
