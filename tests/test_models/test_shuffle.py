"""Rows in another order among three processes on gloo, started once."""

import pytest
import torch
from processes import joined, start
from torch import distributed, nn

from regioncl_mm.models.momentum.shuffle import draw_order, exchange

PROCESSES = 3
ROWS = 5  # a process
SHAPES = dict(
    rows=(ROWS,),
    features=(ROWS, 4),
    images=(ROWS, 3, 6, 4),
    cells=(ROWS, 2, 9),
)


def rows_of(rank, name):
    generator = torch.Generator().manual_seed(rank)
    return torch.randn(SHAPES[name], generator=generator)


def work(rank, folder):
    with joined(rank, PROCESSES, folder):
        sent = []
        send = distributed.all_to_all_single

        def send_and_record(received, given, **sizes):
            sent.append((len(received), len(given)))
            return send(received, given, **sizes)

        distributed.all_to_all_single = send_and_record
        torch.manual_seed(rank)  # theirs, which the order does not come from
        owners = nn.Identity(), nn.Identity()
        done = dict(orders=[draw_order(ROWS, owners[i % 2]) for i in range(6)])
        for name in SHAPES:
            order, rows = done['orders'][1], rows_of(rank, name)
            there = exchange(rows, order)
            back = exchange(there, order.argsort())
            done[name] = there, torch.equal(back, rows)
        images = rows_of(rank, 'images').to(memory_format=torch.channels_last)
        done['channels_last'] = exchange(images, done['orders'][1])
        identity = torch.arange(ROWS * PROCESSES)
        done['as_it_was'] = torch.equal(exchange(images, identity), images)
        done['sent'] = sent
        torch.save(done, f'{folder}/{rank}.pth')


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    folder = tmp_path_factory.mktemp('shuffle')
    start(work, folder, PROCESSES)
    return [
        torch.load(folder / f'{rank}.pth', weights_only=False)
        for rank in range(PROCESSES)
    ]


@pytest.mark.parametrize('name', SHAPES)
def test_rows_arrive_where_the_order_wants_them(ranks, name):
    everything = torch.cat([rows_of(r, name) for r in range(PROCESSES)])
    expected = everything[ranks[0]['orders'][1]].split(ROWS)
    for done, part in zip(ranks, expected):
        arrived, came_back = done[name]
        assert torch.equal(arrived, part) and came_back


def test_layout_stays(ranks):
    for done in ranks:
        images = done['channels_last']
        assert torch.equal(images, done['images'][0])
        assert images.is_contiguous(memory_format=torch.channels_last)
        assert done['as_it_was']


def test_no_process_receives_more_than_its_share(ranks):
    for done in ranks:
        assert len(done['sent']) == 2 * len(SHAPES) + 2
        assert set(done['sent']) == {(ROWS, ROWS)}


def test_processes_draw_the_same_orders_and_others_each_time(ranks):
    first, *others = (done['orders'] for done in ranks)
    for other in others:
        assert all(map(torch.equal, first, other))
    for order in first:
        assert order.sort()[0].tolist() == list(range(ROWS * PROCESSES))
    assert len({tuple(order.tolist()) for order in first}) == len(first)


def test_one_process_needs_no_other():
    torch.manual_seed(0)
    order = draw_order(7, nn.Identity())
    torch.manual_seed(0)
    assert torch.equal(order, torch.randperm(7))
    rows = torch.randn(7, 2)
    assert torch.equal(exchange(rows, order), rows[order])
