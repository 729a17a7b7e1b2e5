"""The algorithms, one a file."""

from .moby import MoBY
from .regioncl_d import RegionCLD
from .regioncl_m import RegionCLM
from .regioncl_m3 import RegionCLM3
from .regioncl_moby import RegionCLMoBY
from .regioncl_s import RegionCLS

__all__ = [
    'MoBY',
    'RegionCLD',
    'RegionCLM',
    'RegionCLM3',
    'RegionCLMoBY',
    'RegionCLS',
]
