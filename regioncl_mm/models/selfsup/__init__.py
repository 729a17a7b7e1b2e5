from .regioncl_m import RegionCLM

__all__ = ['RegionCLM']
