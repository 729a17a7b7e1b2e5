"""Read an image whole, or say why not."""

from __future__ import annotations

import io
import re

import mmcv
import numpy as np
from PIL import Image

from .decoder_messages import decoder_messages
from .errors import UnreadableImageError
from .header import check_header

MAX_PIXELS = 100_000_000  # 300 MB in colour
# What libjpeg prints of data that do not fit, which it decodes all the same.
DAMAGE = ('Corrupt JPEG data', 'Premature end of JPEG file')
SURPLUS = re.compile(  # the first complaint is printed alone
    r'Corrupt JPEG data: (\d+) extraneous bytes before marker 0xd9'
)
END = b'\xff\xd9'  # of a JPEG
# Level, time and place in OpenCV's sources.
OPENCV_PREFIX = re.compile(r'^\[.*?\] global \S+ ')


def read_image(
    content: bytes,
    color_type: str = 'color',
    backend: str = 'cv2',
    max_pixels: int = MAX_PIXELS,
) -> np.ndarray:
    """Decode an image as :func:`mmcv.imfrombytes` does, or refuse it.

    No format but PNG has a checksum over its pixels. Of JPEGs with a hole
    inside those are refused that libjpeg finds not to add up, with the
    backend cv2 alone; of TIFFs those that libtiff cannot decode.

    Args:
        content: The file's.
        color_type: As mmcv has it; ``'unchanged'`` keeps 16 bits.
        backend: As mmcv has it.
        max_pixels: The most that are decoded.

    Returns:
        (H, W, 3) BGR, or as ``color_type`` has it.

    Raises:
        UnreadableImageError: Saying what is wrong with it.
    """
    kind = check_header(content, max_pixels, color_type == 'unchanged')
    with decoder_messages() as said:
        try:
            if kind == 'TIFF':  # OpenCV leaves out what it cannot decode
                Image.open(io.BytesIO(content)).load()
            image = mmcv.imfrombytes(content, color_type, backend=backend)
        except Exception as error:  # of whatever library
            image, reason = None, str(error).partition('\n')[0]
        else:
            reason = 'is it cut off?'
    damage = [
        line
        for line in said
        if line.startswith(DAMAGE) and not is_padding(line, content)
    ]
    if damage:
        raise UnreadableImageError(f'it is damaged: {damage[0]}')
    if image is None:
        reason = OPENCV_PREFIX.sub('', said[0]) if said else reason
        raise UnreadableImageError(f'it cannot be decoded: {reason}')
    return image


def is_padding(line: str, content: bytes) -> bool:
    """Whether libjpeg complains of nothing but padding before a JPEG's end.

    Some cameras write zeros or ones there, after all pixels. Where data do
    not add up the surplus bytes are others.
    """
    surplus = SURPLUS.fullmatch(line)
    if not surplus:
        return False
    end = content.rfind(END)
    bytes_before = content[max(0, end - int(surplus[1])) : end]
    return not bytes_before.strip(b'\0\xff')
