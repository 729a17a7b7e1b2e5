from .transforms import LoadImageOrReport

__all__ = ['LoadImageOrReport']
