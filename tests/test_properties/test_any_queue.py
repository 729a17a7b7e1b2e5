"""A queue of any length, filled by batches of any sizes."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from test_properties.shapes import LENGTHS

from regioncl_mm.queue import enqueue, write_queue


@given(LENGTHS, st.lists(st.integers(0, 20), max_size=8))
def test_it_is_the_end_of_a_list(length, sizes):
    queue = -torch.arange(1.0, length + 1).repeat(2, 1)
    pointer = torch.zeros(1, dtype=torch.long)
    pushed = queue[0].tolist()
    for size in sizes:
        keys = torch.arange(size, dtype=torch.float) + len(pushed)
        write_queue(queue, pointer, keys[:, None].expand(size, 2))
        pushed += keys.tolist()
        # From the oldest key on, which is the next to be replaced.
        oldest = pointer.item()
        assert 0 <= oldest < length
        for row in queue:
            assert [*row[oldest:], *row[:oldest]] == pushed[-length:]


@given(
    LENGTHS,
    st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=3), max_size=4),
)
def test_batches_of_a_step_follow_each_other(length, steps):
    together, apart = torch.zeros(2, 1, length)
    pointers = torch.zeros(2, 1, dtype=torch.long)
    count = 0
    for sizes in steps:
        keys = torch.arange(1.0, 1 + sum(sizes)).add(count)[:, None]
        count += sum(sizes)
        enqueue(together, pointers[0], *keys.split(sizes))
        for key in keys:
            write_queue(apart, pointers[1], key[None])
        assert torch.equal(together, apart)
        assert torch.equal(*pointers)
