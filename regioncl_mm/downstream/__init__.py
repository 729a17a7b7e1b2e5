"""What runs of mmdet, mmseg and mmpose need beside these libraries."""

from .check import check_downstream
from .loading import name_broken_images

__all__ = ['check_downstream', 'name_broken_images']
