"""Image files, read or refused; training and tools/check_data.py share it."""

from .errors import UnreadableImageError
from .read import read_image

__all__ = ['UnreadableImageError', 'read_image']
