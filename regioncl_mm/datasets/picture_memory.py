"""Pictures held in memory, and batches of their views."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np
import torch
from mmcv.transforms import LoadImageFromFile
from mmpretrain.datasets.transforms import PackInputs
from torch import Tensor

from .transforms.batch_multi_view import BatchMultiView

# Of pictures; a process of the loader holds so many.
MAX_BYTES = 8 * 2**30


class PictureMemory:
    """Reads each picture of a data set once, and makes views by the batch.

    A picture is read when it is first asked for. Every process that reads
    holds its own, so that a loader of small pictures is the fastest without
    workers.

    Args:
        dataset: One of mmengine's, of which :meth:`fits` is true.
    """

    def __init__(self, dataset: Any):
        self.dataset = dataset
        *self.loading, self.views, self.pack = dataset.pipeline.transforms
        # Made when the shape of the first picture is known.
        self.pictures: Tensor | None = None
        self.samples: list[Any] = [None] * len(dataset)

    @staticmethod
    def fits(dataset: Any) -> bool:
        """Whether a data set's pipeline loads, makes views by the batch, and
        packs them, nothing else."""
        pipeline = getattr(dataset, 'pipeline', None)
        transforms = getattr(pipeline, 'transforms', [])
        if len(transforms) < 2:
            return False
        *loading, views, pack = transforms
        return (
            isinstance(views, BatchMultiView)
            and type(pack) is PackInputs
            and all(map(_always_loads, loading))
        )

    def batch(self, indices: Sequence[int], seeds: Sequence[int]) -> list:
        """The packed samples of a batch, in order.

        Args:
            indices: Which pictures.
            seeds: What the views of each are drawn from.

        Raises:
            ValueError: If pictures differ in shape or are no bytes, or all
                of them are more than 8 GiB.
        """
        for index in indices:
            if self.samples[index] is None:
                self._read(index)
        assert self.pictures is not None
        views = self.views.views(self.pictures[list(indices)], seeds)
        rows = zip(*(view.unbind() for view in views))
        return [
            dict(inputs=list(row), data_samples=self.samples[index])
            for index, row in zip(indices, rows)
        ]

    def _read(self, index: int) -> None:
        results = self.dataset.get_data_info(index)
        for transform in self.loading:
            results = transform(results)
        picture = torch.from_numpy(np.atleast_3d(results.pop('img')))
        picture = picture.permute(2, 0, 1)
        if self.pictures is None:
            self.pictures = self._room_for(picture)
        expected, found = self.pictures.shape[1:], picture.shape
        if found != expected or picture.dtype != torch.uint8:
            name = results.get('img_path', f'picture {index}')
            raise ValueError(
                'BatchMultiView needs pictures of one size, in bytes, and '
                f'{name} is {_describe(picture)} where the first is '
                f'{_describe(self.pictures[0])}; use FastMultiView'
            )
        self.pictures[index] = picture
        self.samples[index] = self.pack(results)['data_samples']

    def _room_for(self, picture: Tensor) -> Tensor:
        shape = (len(self.samples), *picture.shape)
        size = int(np.prod(shape))
        if size > MAX_BYTES:
            raise ValueError(
                f'BatchMultiView holds all pictures in memory, and these '
                f'{shape[0]} take {size / 2**30:.1f} GiB, more than '
                f'{MAX_BYTES // 2**30}; use FastMultiView'
            )
        return torch.empty(shape, dtype=torch.uint8)


def _always_loads(transform: Any) -> bool:
    """Whether a transform reads an image, and passes over none."""
    return (
        isinstance(transform, LoadImageFromFile)
        and not transform.ignore_empty
        and getattr(transform, 'on_unreadable', 'stop') == 'stop'
    )


def _describe(picture: Tensor) -> str:
    channels, height, width = picture.shape
    kind = str(picture.dtype).replace('torch.', '')
    return f'{width}x{height} of {channels} channels in {kind}'
