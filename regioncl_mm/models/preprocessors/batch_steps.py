"""Photometric steps on a batch, with other values for each of its images.

torchvision takes one value a batch; kornia (0.7) takes one order of the
jitter's parts a batch, and copies constants to the device in them, which
waits. Here operations and values are known to the host, which picks the rows
of each, so that nothing waits.

Images are (N, C, H, W), levels 0 to 255 in floating point, red first; values
are (N, 1, 1, 1). Levels are clipped as those of bytes are, and not rounded.
"""

from __future__ import annotations

from typing import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from ...datasets.transforms.steps import LUMA, Op
from ..device_copy import copy_to_device_of


def apply_steps(images: Tensor, steps: np.ndarray) -> Tensor:
    """Do to each image its own steps, one after the other.

    Args:
        images: (N, C, H, W), overwritten.
        steps: (N, steps, 2) operations with their values, on the host.

    Returns:
        ``images``.
    """
    for operations, values in steps.transpose(1, 2, 0):
        for op in np.unique(operations):
            if op == Op.NOTHING:
                continue
            chosen = np.flatnonzero(operations == op)
            rows = copy_to_device_of(torch.from_numpy(chosen), images)
            value = copy_to_device_of(torch.from_numpy(values[chosen]), images)
            done = _APPLY[Op(op)](images[rows], value.view(-1, 1, 1, 1))
            images.index_copy_(0, rows, done)
    return images


def _luma(images: Tensor) -> Tensor:
    if images.size(1) == 1:
        return images
    red, green, blue = images.split(1, dim=1)
    return LUMA[2] * red + LUMA[1] * green + LUMA[0] * blue


def _blend(images: Tensor, others: Tensor | float, factor: Tensor) -> Tensor:
    """From others at 0 over images at 1 and beyond."""
    return (others + (images - others) * factor).clamp(0, 255)


def _brightness(images: Tensor, factor: Tensor) -> Tensor:
    return _blend(images, 0.0, factor)


def _contrast(images: Tensor, factor: Tensor) -> Tensor:
    return _blend(images, _luma(images).mean((1, 2, 3), True), factor)


def _saturation(images: Tensor, factor: Tensor) -> Tensor:
    return _blend(images, _luma(images), factor)


def _hue(images: Tensor, turns: Tensor) -> Tensor:
    """Turn the hue, with value and chroma as they are."""
    if images.size(1) == 1:
        return images
    red, green, blue = images.split(1, dim=1)
    value = images.amax(1, keepdim=True)
    chroma = value - images.amin(1, keepdim=True)
    width = torch.where(chroma > 0, chroma, 1)
    # Sixths of a turn from red, by the channel that is largest.
    hue = torch.where(
        value == red,
        (green - blue) / width,
        torch.where(
            value == green, 2 + (blue - red) / width, 4 + (red - green) / width
        ),
    )
    hue = hue + 6 * turns
    # How far each channel is from its own third of the circle.
    offsets = torch.arange(5, 0, -2, device=images.device)
    away = (hue + offsets.view(1, 3, 1, 1)) % 6
    return value - chroma * torch.minimum(away, 4 - away).clamp(0, 1)


def _grayscale(images: Tensor, _: Tensor) -> Tensor:
    return _luma(images).expand_as(images)


def _blur(images: Tensor, sigma: Tensor) -> Tensor:
    """The edge goes on beyond the image. Weights reach 10 pixels, enough for
    a ``sigma`` of 3."""
    reach = 10
    distance = torch.arange(-reach, reach + 1, device=images.device)
    weights = torch.exp(-0.5 * (distance / sigma.clamp(min=0.05)) ** 2)
    weights = weights / weights.sum(-1, keepdim=True)
    # Each channel of each image has its own filter, as a group of one.
    shape = images.shape
    weights = weights.repeat_interleave(shape[1], dim=0)
    for kernel in (weights, weights.transpose(2, 3)):
        height, width = kernel.shape[2] // 2, kernel.shape[3] // 2
        padded = pad(images, (width, width, height, height), 'replicate')
        padded = padded.reshape(1, -1, *padded.shape[2:])
        images = conv2d(padded, kernel, groups=len(kernel)).view(shape)
    return images


def _solarize(images: Tensor, threshold: Tensor) -> Tensor:
    return torch.where(images < threshold, images, 255 - images)


def _flip(images: Tensor, _: Tensor) -> Tensor:
    return images.flip(3)


_APPLY: dict[Op, Callable[[Tensor, Tensor], Tensor]] = {
    Op.BRIGHTNESS: _brightness,
    Op.CONTRAST: _contrast,
    Op.SATURATION: _saturation,
    Op.HUE: _hue,
    Op.GRAYSCALE: _grayscale,
    Op.BLUR: _blur,
    Op.SOLARIZE: _solarize,
    Op.FLIP: _flip,
}
