"""The algorithms, one a file."""

from .moby import MoBY
from .regioncl_barlow import RegionCLBarlow
from .regioncl_byol import RegionCLBYOL
from .regioncl_d import RegionCLD
from .regioncl_m import RegionCLM
from .regioncl_m3 import RegionCLM3
from .regioncl_moby import RegionCLMoBY
from .regioncl_s import RegionCLS
from .regioncl_simclr import RegionCLSimCLR

__all__ = [
    'MoBY',
    'RegionCLBYOL',
    'RegionCLBarlow',
    'RegionCLD',
    'RegionCLM',
    'RegionCLM3',
    'RegionCLMoBY',
    'RegionCLS',
    'RegionCLSimCLR',
]
