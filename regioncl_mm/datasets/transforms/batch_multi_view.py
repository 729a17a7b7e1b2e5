"""Views of small pictures, made for a whole batch at a time."""

from __future__ import annotations

from typing import Sequence

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmpretrain.datasets.transforms import MultiView, RandomResizedCrop
from mmpretrain.registry import TRANSFORMS
from torch import Tensor

from .batch_crops import resized_crops
from .batch_draws import can_draw_batch, draw_batch, draw_crops
from .draws import Draws


@TRANSFORMS.register_module()
class BatchMultiView(MultiView):
    """``MultiView`` of a whole batch, for data sets of small pictures.

    The configs of the views stay as they are. Views are distributed as
    ``MultiView``'s, but the same seed draws others; levels are rounded once,
    at the end. With the train loops of :mod:`regioncl_mm.resume` pictures are
    read once and held in memory (:class:`regioncl_mm.datasets.PictureMemory`),
    and the views of a batch are made together; each still follows from the
    run's seed, the epoch and the place of the sample alone. Other loops call
    it sample by sample, which is right and slow.

    Args:
        transforms: Pipelines, as :class:`mmpretrain.datasets.MultiView` takes
            them, each a ``RandomResizedCrop``, bilinear, followed by any of
            ``ColorJitter``, ``RandomGrayscale`` to luma, ``GaussianBlur``,
            ``Solarize``, horizontal ``RandomFlip`` and ``RandomApply`` of
            them.
        num_views: How many views each pipeline makes.

    Raises:
        ValueError: If a pipeline has anything else.
    """

    def __init__(self, transforms, num_views):
        super().__init__(transforms, num_views)
        for pipeline in self.pipelines:
            _check(pipeline.transforms)

    def views(self, images: Tensor, seeds: Sequence[int]) -> list[Tensor]:
        """The views of a batch.

        Args:
            images: (N, C, H, W) uint8, blue first as mmcv reads them.
            seeds: (N,) what each image's views are drawn from.

        Returns:
            A tensor (N, C, h, w) uint8 for each view.
        """
        draws = Draws(seeds)
        levels = images.float()
        return [
            _view(levels, pipeline.transforms, draws)
            for pipeline in self.transforms
        ]

    def transform(self, results: dict) -> dict:
        """Make the views of a single image, with numpy's generator."""
        image = torch.from_numpy(np.atleast_3d(results['img']))
        seed = int(np.random.randint(2**62, dtype=np.int64))
        views = self.views(image.permute(2, 0, 1)[None], [seed])
        results['img'] = [view[0].permute(1, 2, 0).numpy() for view in views]
        return results


def _view(
    levels: Tensor, transforms: Sequence[BaseTransform], draws: Draws
) -> Tensor:
    from ...models.preprocessors.batch_steps import apply_steps

    crop, *others = transforms
    height, width = levels.shape[2:]
    crops = draw_crops(crop, height, width, draws)
    view = resized_crops(
        levels, crops, tuple(crop.scale), crop.backend == 'pillow'
    )
    if others:
        steps = np.hstack([draw_batch(t, draws) for t in others])
        # Red first, as these have it.
        view = apply_steps(view.flip(1), steps.astype(np.float32)).flip(1)
    return view.round_().byte()


def _check(transforms: Sequence[BaseTransform]) -> None:
    """Raise if a view has what cannot be done for a batch."""
    crop, *others = transforms
    if type(crop) is not RandomResizedCrop:
        wrong = crop
    elif crop.interpolation != 'bilinear':
        wrong = crop
    else:
        wrong = next((t for t in others if not can_draw_batch(t)), None)
    if wrong is not None:
        raise ValueError(
            'BatchMultiView needs views of a bilinear RandomResizedCrop '
            'followed by ColorJitter, RandomGrayscale to luma, GaussianBlur, '
            'Solarize, horizontal RandomFlip or RandomApply of these, and '
            f'cannot make this for a batch:\n{wrong}\nUse FastMultiView in '
            'its place'
        )
