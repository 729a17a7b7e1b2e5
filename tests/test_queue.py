import pytest
import torch

from regioncl_mm.queue import write_queue


@pytest.mark.parametrize(
    'length, batches',
    [
        (8, [4, 4, 4]),
        (7, [3, 3, 3]),
        (5, [2, 4, 1, 3]),
        (4, [9]),
        (4, [3, 10, 2]),
        (3, [3]),
    ],
)
def test_holds_the_latest_keys_in_order(length, batches):
    queue = torch.full((1, length), -1.0)
    pointer = torch.zeros(1, dtype=torch.long)
    slots, position, value = [-1.0] * length, 0, 0.0
    for size in batches:
        keys = torch.arange(value, value + size).view(-1, 1)
        write_queue(queue, pointer, keys)
        for key in keys.flatten().tolist():  # one by one, as a ring
            slots[position] = key
            position = (position + 1) % length
        value += size
        assert queue[0].tolist() == slots
        assert pointer.tolist() == [position]
