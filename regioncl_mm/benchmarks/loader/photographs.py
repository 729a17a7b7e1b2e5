"""JPEGs of natural photographs, in sizes as ImageNet's."""

from __future__ import annotations

from pathlib import Path

import cv2
import mmcv
import numpy as np

# Width and height; half of ImageNet's images have 500 x 375 or its transpose.
SIZES = (
    (500, 375),
    (500, 375),
    (375, 500),
    (500, 333),
    (400, 400),
    (640, 480),
)
QUALITY = 98  # about 90 kB an image, and ImageNet's have 110


def write(folder: Path, count: int) -> tuple[list[Path], str]:
    """Write so many JPEGs, parts of the photographs in turn.

    Returns:
        Their paths, and whose photographs they are.
    """
    images, origin = _photographs()
    generator = np.random.default_rng(0)
    paths = []
    for i in range(count):
        image, (width, height) = images[i % len(images)], SIZES[i % len(SIZES)]
        # The largest part of that shape, less a tenth, anywhere.
        scale = 0.9 * min(image.shape[1] / width, image.shape[0] / height)
        w, h = int(scale * width), int(scale * height)
        x = generator.integers(image.shape[1] - w + 1)
        y = generator.integers(image.shape[0] - h + 1)
        part = cv2.resize(
            image[y : y + h, x : x + w],
            (width, height),
            interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC,
        )
        paths.append(folder / f'{i}.JPEG')
        cv2.imwrite(str(paths[-1]), part, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return paths, origin


def _photographs() -> tuple[list[np.ndarray], str]:
    """scikit-image's, or the one that matplotlib brings."""
    try:
        from skimage import data
    except ImportError:
        import matplotlib.cbook

        path = matplotlib.cbook.get_sample_data(
            'grace_hopper.jpg', asfileobj=False
        )
        return [mmcv.imread(str(path))], "matplotlib's photograph"
    images = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]
    return [x[..., ::-1] for x in images], "scikit-image's photographs"
