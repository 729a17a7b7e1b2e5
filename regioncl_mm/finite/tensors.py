"""Which tensors hold NaN or infinity."""

from __future__ import annotations

from typing import Mapping, Sequence

import torch
from torch import Tensor

AT_MOST = 5  # names in one message


class NonFiniteError(ValueError):
    """A loss, a gradient or a weight is NaN or infinite."""


def not_finite(tensors: Mapping[str, Tensor]) -> list[str]:
    """The names of the tensors that hold NaN or infinity.

    Args:
        tensors: By their names; integers are finite, and what is no tensor
            is passed over.
    """
    return [
        name
        for name, tensor in tensors.items()
        if isinstance(tensor, Tensor) and not is_finite(tensor)
    ]


def is_finite(tensor: Tensor) -> bool:
    """Whether all values of a tensor are finite."""
    if not tensor.is_floating_point():
        return True
    # A sum is finite only if all it sums is, and takes a fraction of the time
    # of looking at each; of large values it may overflow.
    return bool(tensor.sum().isfinite() or torch.isfinite(tensor).all())


def stack_numbers(numbers: Sequence[Tensor]) -> Tensor:
    """Numbers side by side (n,), in float32 and without their graphs.

    Args:
        numbers: Tensors of one number each, of any shape. Those on the host
            are sent to the device of the others, for which nothing waits.
    """
    devices = [x.device for x in numbers]
    device = next((x for x in devices if x.type != 'cpu'), devices[0])
    return torch.stack(
        [
            x.detach().float().reshape(()).to(device, non_blocking=True)
            for x in numbers
        ]
    )


def refuse_not_finite(tensors: Mapping[str, Tensor], what: str) -> None:
    """Raise if a tensor holds NaN or infinity.

    Args:
        tensors: By their names.
        what: Whose they are, the beginning of the message.

    Raises:
        NonFiniteError: Naming the first of them.
    """
    names = not_finite(tensors)
    if names:
        more = f' and {len(names) - AT_MOST} more' * (len(names) > AT_MOST)
        raise NonFiniteError(
            f'{what}: {len(names)} of {len(tensors)} tensors hold NaN or '
            f'infinity: {", ".join(names[:AT_MOST])}{more}. It is from a '
            'training that diverged; take an earlier checkpoint'
        )
