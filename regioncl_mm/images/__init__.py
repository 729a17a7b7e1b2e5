"""Image files, read or refused; training and tools/check_data.py share it."""

from .errors import UnreadableImageError
from .read import MAX_PIXELS, read_image

__all__ = ['MAX_PIXELS', 'UnreadableImageError', 'read_image']
