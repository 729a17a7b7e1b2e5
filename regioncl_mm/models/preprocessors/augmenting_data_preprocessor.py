"""Photometric augmentation on the model's device."""

from __future__ import annotations

from typing import Sequence

import numpy as np
import torch
from mmpretrain.models.utils import SelfSupDataPreprocessor
from mmpretrain.registry import MODELS
from torch import Tensor

from .batch_steps import apply_steps


@MODELS.register_module()
class AugmentingDataPreprocessor(SelfSupDataPreprocessor):
    """``SelfSupDataPreprocessor`` that does what ``FastMultiView`` has drawn.

    Workers then load, crop and ship bytes; jitter, grayscale, blur,
    solarisation and flip run on the device in float32, for each image with
    its own values, before images are normalised. Nothing waits for the
    device.

    Args:
        mean: The mean of each channel, in levels of 0 to 255.
        std: The standard deviation of each channel, likewise.
        non_blocking: Copy a batch from pinned memory while the host goes on.
        **kwargs: Further arguments of
            :class:`mmpretrain.models.SelfSupDataPreprocessor`.
    """

    def __init__(
        self,
        mean: Sequence[float],
        std: Sequence[float],
        non_blocking: bool = True,
        **kwargs,
    ):
        super().__init__(non_blocking=non_blocking, **kwargs)
        for name, value in (('mean', mean), ('std', std)):
            buffer = torch.tensor(value, dtype=torch.float32).view(-1, 1, 1)
            self.register_buffer(name, buffer, persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Augment, where ``training``, and normalise.

        Args:
            data: ``inputs``, uint8 (N, C, H, W) or a list of such views, and
                ``data_samples``, each with ``augmentation`` (views, steps, 2)
                where ``training``.
            training: Whether it is a training batch, as mmengine's data
                preprocessors are told.

        Raises:
            ValueError: If ``training`` and a sample has no ``augmentation``,
                or not one a view.
        """
        data = super().forward(data, training)
        views = data['inputs']
        if isinstance(views, Tensor):
            data['inputs'] = self._normalize(views)
            return data
        if training:
            # In full precision, also inside a step in mixed precision.
            with torch.autocast(views[0].device.type, enabled=False):
                for view, steps in zip(views, _steps(data, len(views))):
                    apply_steps(view, steps)
        data['inputs'] = [self._normalize(view) for view in views]
        return data

    def _normalize(self, images: Tensor) -> Tensor:
        return (images - self.mean) / self.std


def _steps(data: dict, num_views: int) -> np.ndarray:
    """The steps of each view, (views, N, steps, 2)."""
    samples = data['data_samples'] or []
    found = [sample.get('augmentation') for sample in samples]
    if not found or any(x is None or len(x) != num_views for x in found):
        raise ValueError(
            'AugmentingDataPreprocessor has been given no augmentation for '
            f'each of {num_views} views; it needs, in the training pipeline, '
            'FastMultiView with `on_device=True` and PackInputs with '
            "`algorithm_keys=('augmentation',)`"
        )
    return np.stack(found, axis=1)
