"""Two hundred image files of all kinds, most of them broken, from a seed."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

ROUNDS = 8
FORMATS = {
    'jpeg': dict(format='JPEG', quality=90),
    'progressive.jpeg': dict(format='JPEG', quality=90, progressive=True),
    'png': dict(format='PNG'),
    'webp': dict(format='WEBP', quality=90),
    'tif': dict(format='TIFF'),
    'lzw.tif': dict(format='TIFF', compression='tiff_lzw'),
}
HOLES = ('jpeg', 'progressive.jpeg')
ORIENTATION = 0x0112  # of EXIF


def photograph(rng, height=90, width=120):
    """Structure of all sizes, (height, width, 3)."""
    parts = [
        cv2.resize(
            rng.normal(0, strength, (cells, cells, 3)),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        for cells, strength in ((4, 60), (16, 30), (48, 10))
    ]
    return Image.fromarray(np.clip(128 + sum(parts), 0, 255).astype('u1'))


def encode(image, **kwargs):
    buffer = io.BytesIO()
    image.save(buffer, **kwargs)
    return buffer.getvalue()


def png_header(width, height):
    """A PNG that says it has so many pixels and holds some."""
    size = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    content = b'\x89PNG\r\n\x1a\n'
    for name, data in ((b'IHDR', size), (b'IDAT', zlib.compress(bytes(999)))):
        checksum = struct.pack('>I', zlib.crc32(name + data))
        content += struct.pack('>I', len(data)) + name + data + checksum
    return content


def whole(rng):
    """Name and content of images that are fine."""
    image = photograph(rng)
    for kind, options in FORMATS.items():
        yield f'whole.{kind}', encode(image, **options)
    yield 'cmyk.jpeg', encode(image.convert('CMYK'), format='JPEG')
    yield 'grey.png', encode(image.convert('L'), format='PNG')
    exif = Image.Exif()
    exif[ORIENTATION] = int(rng.integers(2, 9))
    yield 'rotated.jpeg', encode(image, format='JPEG', exif=exif)
    palette = image.convert('P')
    yield 'palette.png', encode(palette, format='PNG', transparency=3)
    yield 'pixel.png', encode(image.resize((1, 1)), format='PNG')


def broken(rng):
    """Name and content of those that are not."""
    image = photograph(rng)
    for kind, options in FORMATS.items():
        content = encode(image, **options)
        length = int(len(content) * rng.uniform(0.3, 0.95))
        yield f'cut.{kind}', content[:length]
    yield 'empty.jpeg', b''
    yield 'text.png', b'<html>404</html>' * int(rng.integers(1, 99))
    yield 'noise.webp', rng.bytes(500)
    deep = rng.integers(0, 4096, (20, 20)).astype('u2')
    yield 'deep.png', cv2.imencode('.png', deep)[1].tobytes()
    colours = np.stack([deep] * 3, 2)
    yield 'deep-colours.png', cv2.imencode('.png', colours)[1].tobytes()
    yield 'deep.tif', cv2.imencode('.tif', deep)[1].tobytes()
    yield 'strip.png', encode(image.resize((1, 5000)), format='PNG')
    side = 20_000 if rng.integers(2) else 60_000
    yield 'huge.png', png_header(side, side)


def with_holes(rng):
    """JPEGs of which some bytes are overwritten; all can be decoded."""
    image = photograph(rng, 375, 500)
    for kind in HOLES:
        content = bytearray(encode(image, **FORMATS[kind]))
        size = int(rng.integers(200, 2000))
        start = int(rng.integers(len(content) // 4, len(content) - 9000))
        content[start : start + size] = rng.bytes(size)
        yield f'hole.{kind}', bytes(content)


def make(folder, seed=0):
    """Write the files.

    Returns:
        Paths by kind: 'whole', 'broken', and 'hole'.
    """
    rng = np.random.default_rng(seed)
    made = {}
    for kind, generate in dict(
        whole=whole, broken=broken, hole=with_holes
    ).items():
        made[kind] = []
        for i in range(ROUNDS):
            for name, content in generate(rng):
                path = folder / f'{i}-{name}'
                path.write_bytes(content)
                made[kind].append(path)
    return made
