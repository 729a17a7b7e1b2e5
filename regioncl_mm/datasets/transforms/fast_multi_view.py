"""Views of an image, their photometric transforms done cheaply or later."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from typing import Iterator

import mmcv
import numpy as np
from mmpretrain.datasets.transforms import MultiView, RandomResizedCrop
from mmpretrain.registry import TRANSFORMS

from .steps import Op, Step, can_draw, draw
from .uint8_steps import apply_steps


@TRANSFORMS.register_module()
class FastMultiView(MultiView):
    """``MultiView`` with photometric transforms in a fraction of the time.

    The configs of the views stay as they are, and the same seed draws the
    same views. ``ColorJitter``, ``RandomGrayscale`` to luma, ``GaussianBlur``,
    ``Solarize``, horizontal ``RandomFlip`` and ``RandomApply`` of them are
    done here, to a level or two of 255; ``RandomResizedCrop``, to the bit;
    others run as they are.

    Args:
        transforms: Pipelines, as :class:`mmpretrain.datasets.MultiView` takes
            them.
        num_views: How many views each pipeline makes.
        on_device: Only draw these transforms and leave them to
            :class:`AugmentingDataPreprocessor`, which does them for the whole
            batch on the model's device. They must come last, and
            ``PackInputs`` needs ``algorithm_keys=('augmentation',)``.

    Raises:
        ValueError: If with ``on_device`` another transform follows them.
    """

    def __init__(self, transforms, num_views, on_device: bool = False):
        super().__init__(transforms, num_views)
        self.on_device = on_device
        self.drawn = {
            transform
            for pipeline in self.pipelines
            for transform in pipeline.transforms
            if can_draw(transform)
        }
        for pipeline in self.pipelines if on_device else ():
            self._check_order(pipeline.transforms)

    def _check_order(self, transforms: list) -> None:
        later = False
        for transform in transforms:
            drawn = transform in self.drawn
            if later and not drawn:
                raise ValueError(
                    'with `on_device=True` nothing may follow what is left '
                    f'to the device, but this does:\n{transform}\n'
                    'Move it to the front, or set `on_device=False`'
                )
            later = later or drawn

    def transform(self, results: dict) -> dict:
        """Make the views.

        With ``on_device`` the results have ``augmentation``, too: operations
        and values of each view's steps, (views, steps, 2) in float32.

        Raises:
            ValueError: If a picture of other than three channels is not taken.
        """
        images, plans = [], []
        for pipeline in self.transforms:
            with _explained(results['img']):
                image, steps = self._view(results, pipeline)
            images.append(image)
            plans.append(steps)
        results['img'] = images
        if self.on_device:
            longest = max(map(len, plans))
            nothing = Step(Op.NOTHING)
            results['augmentation'] = np.array(
                [p + [nothing] * (longest - len(p)) for p in plans],
                dtype=np.float32,
            ).reshape(len(plans), longest, 2)
        return results

    def _view(self, results: dict, pipeline) -> tuple[np.ndarray, list[Step]]:
        # A crop leaves the loaded image alone, which others may write to.
        first = [type(transform) for transform in pipeline.transforms[:1]]
        crops = first == [RandomResizedCrop]
        results = dict(results) if crops else copy.deepcopy(results)
        waiting = []
        for transform in pipeline.transforms:
            if type(transform) is RandomResizedCrop:
                results['img'] = _crop(transform, results['img'])
                results['img_shape'] = results['img'].shape
            elif transform not in self.drawn:
                results = transform(results)
            elif self.on_device:
                waiting += draw(transform)
            else:
                results['img'] = apply_steps(results['img'], draw(transform))
        return results['img'], waiting

    def __repr__(self) -> str:
        return f'{super().__repr__()[:-1]}, on_device={self.on_device})'


@contextmanager
def _explained(image: np.ndarray) -> Iterator[None]:
    """Within it, errors of OpenCV and Pillow that a picture of one channel
    leads to are told with their reason."""
    try:
        yield
    except Exception as error:
        if image.shape[2:] == (3,):
            raise
        raise ValueError(
            'FastMultiView does not make these views of pictures that are '
            f'not of three channels, such as one of shape {image.shape}: use '
            "BatchMultiView in its place, or load them with color_type='color'"
        ) from error


def _crop(transform: RandomResizedCrop, image: np.ndarray) -> np.ndarray:
    top, left, height, width = transform.rand_crop_params(image)
    part = image[top : top + height, left : left + width]
    return mmcv.imresize(
        # Pillow copies other parts byte by byte.
        np.ascontiguousarray(part),
        tuple(transform.scale[::-1]),
        interpolation=transform.interpolation,
        backend=transform.backend,
    )
