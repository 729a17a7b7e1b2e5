"""Batches in another order among processes, each row sent where it is needed.

mmpretrain's shuffle has every process receive the batches of all. Here all
processes draw the same order on the host, so that each knows which rows it
gives and gets, and nothing but these is sent.
"""

from __future__ import annotations

from typing import Callable
from weakref import WeakKeyDictionary

import torch
from mmengine.dist import get_rank, get_world_size, sync_random_seed
from mmengine.logging import MessageHub
from torch import Tensor, distributed, nn

from ..device_copy import copy_to_device_of
from ..norms.split_batch_norm import has_split_norm

# The generator of each owner, and the step that it was last seeded for.
_GENERATORS: WeakKeyDictionary[nn.Module, tuple[torch.Generator, int]] = (
    WeakKeyDictionary()
)


def draw_order(num_rows: int, owner: nn.Module) -> Tensor:
    """A random order of the rows of all processes, the same in all of them.

    Args:
        num_rows: How many rows each process has.
        owner: A module for which processes draw equally often. Its orders
            begin anew with the message hub's ``step_seed``, which a resumable
            loop changes at each step; without one processes agree on a seed
            at the first draw.

    Returns:
        (num_rows times processes,) on the host; without other processes it
        is torch's next ``randperm``.
    """
    if get_world_size() == 1:
        return torch.randperm(num_rows)
    seed = MessageHub.get_current_instance().get_info('step_seed')
    known = _GENERATORS.get(owner)
    if known is None or seed not in (None, known[1]):
        seed = sync_random_seed() if seed is None else seed
        known = torch.Generator().manual_seed(seed), seed
        _GENERATORS[owner] = known
    return torch.randperm(num_rows * get_world_size(), generator=known[0])


def exchange(rows: Tensor, order: Tensor) -> Tensor:
    """This process's share of all rows in another order.

    Args:
        rows: (N, …), the same N in every process. Row i of process r is row
            ``r * N + i`` of all.
        order: From :func:`draw_order`: row i of all becomes what row
            ``order[i]`` was. ``order.argsort()`` takes it back.

    Returns:
        (N, …) without a graph.
    """
    rank, world = get_rank(), get_world_size()
    if world == 1:
        return rows[copy_to_device_of(order, rows)]
    num_rows = len(rows)
    # Who has the rows that each process gets, and where.
    owner = (order // num_rows).view(world, num_rows)
    place = (order % num_rows).view(world, num_rows)
    given = owner == rank
    given_rows = rows[copy_to_device_of(place[given], rows)]
    received = torch.empty_like(rows, memory_format=torch.contiguous_format)
    distributed.all_to_all_single(
        received,
        given_rows.contiguous(),
        output_split_sizes=owner[rank].bincount(minlength=world).tolist(),
        input_split_sizes=given.sum(1).tolist(),
    )
    # They come process by process, each one's in the order wanted.
    result = torch.empty_like(rows)
    arrived = owner[rank].argsort(stable=True)
    return result.index_copy_(0, copy_to_device_of(arrived, rows), received)


@torch.no_grad()
def encode_shuffled(
    encoder: nn.Module,
    images: Tensor,
    encode: Callable[[Tensor], tuple[Tensor, ...]],
) -> tuple[Tensor, ...]:
    """``encode(images)`` with the batch shuffled among devices.

    The statistics of batch norm then do not tell which keys belong together
    (MoCo, section 3.3). Within one process a shuffle changes no statistic
    and is left out, unless split batch norm makes virtual devices.

    Args:
        encoder: The module that ``encode`` calls.
        images: (N, C, H, W).
        encode: Returns tensors of N rows.

    Returns:
        The tensors of ``encode``, row i of image i.
    """
    if get_world_size() == 1 and not has_split_norm(encoder):
        return encode(images)
    order = draw_order(len(images), encoder)
    back = order.argsort()
    return tuple(
        exchange(rows, back) for rows in encode(exchange(images, order))
    )
