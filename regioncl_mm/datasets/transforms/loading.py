"""Reading images that may be broken."""

from __future__ import annotations

import logging
import multiprocessing

from mmcv.transforms import LoadImageFromFile
from mmengine.logging import print_log
from mmpretrain.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadImageOrReport(LoadImageFromFile):
    """``LoadImageFromFile`` that names a file it cannot read.

    Args:
        on_unreadable: ``'stop'`` raises; ``'skip'`` logs the file with a
            count over all workers of the process, and the data set draws
            another image in its place.
        **kwargs: Arguments of :class:`mmcv.transforms.LoadImageFromFile`.

    Raises:
        ValueError: If an image cannot be read and ``on_unreadable='stop'``,
            or ``on_unreadable`` is neither.
    """

    def __init__(self, on_unreadable: str = 'stop', **kwargs):
        if on_unreadable not in ('stop', 'skip'):
            raise ValueError(
                "`on_unreadable` must be 'stop' or 'skip', got "
                f'{on_unreadable!r}'
            )
        super().__init__(**kwargs)
        self.on_unreadable = on_unreadable
        # Shared memory, since loader workers are processes of their own.
        self._skipped = multiprocessing.Value('l', 0)

    def transform(self, results: dict) -> dict | None:
        """Load the image; None where it is skipped."""
        try:
            # `results` is returned whole or not at all.
            return super().transform(results)
        except Exception as error:
            problem = f'cannot read image {results["img_path"]} ({error!r})'
            if self.on_unreadable == 'stop':
                raise ValueError(
                    f'{problem}. Repair or remove the file, or set '
                    "`on_unreadable='skip'` of LoadImageOrReport in the "
                    'pipeline'
                ) from error
        with self._skipped.get_lock():
            self._skipped.value += 1
            count = self._skipped.value
        print_log(
            f'{problem}; skipped, {count} so far',
            logger='current',
            level=logging.WARNING,
        )
        return None
