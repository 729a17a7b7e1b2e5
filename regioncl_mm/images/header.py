"""What an image file says of itself, before it is decoded."""

from __future__ import annotations

import io

from PIL import Image

from .errors import UnreadableImageError

MAX_SIDES_RATIO = 100


def check_header(content: bytes, max_pixels: int, any_depth: bool) -> str:
    """Refuse what would take too much memory or lose its grey levels.

    Args:
        content: The file's.
        max_pixels: The most that are decoded.
        any_depth: Whether more than 8 bits a channel are fine.

    Returns:
        The format by Pillow's name, such as ``'JPEG'``.

    Raises:
        UnreadableImageError: If it is no image, too large, a strip that is
            more than 100 times as long as wide (enlarged to a common short
            side it would be too large), or has 16 bits.
    """
    if not content:
        raise UnreadableImageError('the file is empty')
    try:
        image = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError:
        raise UnreadableImageError(
            f'it has more than the {max_pixels:,} pixels that are decoded'
        ) from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        what = str(error) if 'BytesIO' not in str(error) else ''
        raise UnreadableImageError(
            f'it is no image{what and f" ({what})"}'
        ) from None
    short, long = sorted(image.size)
    if short * long > max_pixels:
        raise UnreadableImageError(
            f'it has {image.width:,} x {image.height:,} pixels, and no more '
            f'than {max_pixels:,} are decoded (`max_pixels`)'
        )
    if long > MAX_SIDES_RATIO * short:
        raise UnreadableImageError(
            f'it is a strip of {image.width:,} x {image.height:,} pixels'
        )
    if not any_depth and is_deep(image):
        raise UnreadableImageError(
            'it has 16 bits a channel, of which the upper 8 would be read: '
            'of 12-bit values 16 grey levels, of 8-bit ones black. Convert '
            'the files to 8 bits, by the range that their values have'
        )
    return image.format or ''


def is_deep(image: Image.Image) -> bool:
    """Whether an image that was opened has more than 8 bits a channel."""
    if image.mode.startswith(('I', 'F')):
        return True
    for tile in getattr(image, 'tile', ()):
        name, arguments = tile[0], tile[3]
        # Pillow opens three channels of 16 bits as three of 8.
        if ';16' in str(arguments):
            return True
        if name.startswith('ppm') and arguments[1] > 255:
            return True
    return False
