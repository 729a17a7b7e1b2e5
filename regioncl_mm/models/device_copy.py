"""Small tensors that the host makes, for the device."""

from __future__ import annotations

from torch import Tensor


def copy_to_device_of(tensor: Tensor, like: Tensor) -> Tensor:
    """A tensor of the host on the device of ``like``, without waiting."""
    if like.is_cuda:
        tensor = tensor.pin_memory()
    return tensor.to(like.device, non_blocking=True)
