"""Parts of detectors; importing them needs mmdet."""

from .fpn import FPNPlainExtraConvs

__all__ = ['FPNPlainExtraConvs']
