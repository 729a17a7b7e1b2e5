"""Reading images that may be broken."""

from __future__ import annotations

import logging

import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmengine import fileio
from mmengine.logging import print_log
from mmpretrain.registry import TRANSFORMS

from ...images import UnreadableImageError, read_image
from ...images.read import MAX_PIXELS
from ...utils.shared_names import SharedNames


@TRANSFORMS.register_module()
class LoadImageOrReport(LoadImageFromFile):
    """``LoadImageFromFile`` that names a file it does not read.

    Such are files that are missing, no images or cut off, and those that
    would become something else: JPEGs whose data do not add up, pictures of
    16 bits. Nothing is decoded that takes too much memory. See
    :func:`regioncl_mm.images.read_image`.

    Args:
        on_unreadable: ``'stop'`` raises; ``'skip'`` logs the file, once for
            all workers of the process, and the data set draws another image
            in its place. :class:`SkippedImagesHook` counts them.
        max_pixels: The most that an image may have; memory stays under three
            bytes for each, and the file itself.
        **kwargs: Arguments of :class:`mmcv.transforms.LoadImageFromFile`;
            ``ignore_empty=True`` is ``on_unreadable='skip'``.

    Raises:
        UnreadableImageError: If an image is not read and
            ``on_unreadable='stop'``.
        ValueError: If ``on_unreadable`` is neither.
    """

    def __init__(
        self,
        on_unreadable: str = 'stop',
        max_pixels: int = MAX_PIXELS,
        **kwargs,
    ):
        if on_unreadable not in ('stop', 'skip'):
            raise ValueError(
                "`on_unreadable` must be 'stop' or 'skip', got "
                f'{on_unreadable!r}'
            )
        super().__init__(**kwargs)
        self.on_unreadable = 'skip' if self.ignore_empty else on_unreadable
        self.max_pixels = max_pixels
        # Shared memory, since loader workers are processes of their own.
        self.skipped = SharedNames()

    def transform(self, results: dict) -> dict | None:
        """Load the image; None where it is skipped."""
        path = results['img_path']
        try:
            image = read_image(
                fileio.get(path, self.backend_args or self.file_client_args),
                self.color_type,
                self.imdecode_backend,
                self.max_pixels,
            )
        except Exception as error:  # of whatever storage
            problem = f'cannot read image {path}: {error}'
            if self.on_unreadable == 'stop':
                raise UnreadableImageError(
                    f'{problem}. `python tools/check_data.py` names all such '
                    'files. Repair or remove them, or set '
                    "`on_unreadable='skip'` of LoadImageOrReport in the "
                    'pipeline'
                ) from error
            if self.skipped.add(problem):
                print_log(
                    f'{problem}; skipped whenever it is drawn',
                    logger='current',
                    level=logging.WARNING,
                )
            return None
        if self.to_float32:
            image = image.astype(np.float32)
        results['img'] = image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results
