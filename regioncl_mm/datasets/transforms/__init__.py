from .loading import LoadImageOrReport

__all__ = ['LoadImageOrReport']
