"""Run-length encoded masks, which xtcocotools has as pycocotools has them."""

from pycocotools.mask import (  # noqa: F401
    area,
    decode,
    encode,
    frPyObjects,
    iou,
    merge,
    toBbox,
)
