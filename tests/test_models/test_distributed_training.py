"""Two processes train as their algorithm says, written out in one.

In float64. Batch norm of few rows makes differences larger from step to step:
of runs whose weights begin 1e-15 apart, those of MoCo v3 are 5e-9 apart after
50 steps, and the processes 7e-10 from what is written out. The others stay
within 1e-12.
"""

from functools import partial

import numpy as np
import pytest
import torch
from algorithms import MOMENTUM, build, set_iteration, set_max_iters, views
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import CosineAnnealingLR, OptimWrapper
from mmengine.registry import init_default_scope
from processes import joined, start
from reference import methods
from reference.processes import DECAY, KEPT_VELOCITY, RATE, Processes

RANKS = range(2)
IMAGES = 4  # a process
# name: the method, changes to it, forward passes an update
RUNS = dict(
    m=('m', dict(queue_len=29), 1),
    m_accumulating=('m', dict(queue_len=29), 2),
    d=('d', dict(queue_len=29), 1),
    m3=('m3', {}, 1),
    byol=('byol', {}, 1),
    byol_accumulating=('byol', {}, 2),
)
TOLERANCE = {4: dict(rtol=1e-9, atol=1e-11), 50: dict(rtol=1e-6, atol=1e-8)}
SHUFFLED = 'm', 'd'


def make(name):
    """The model of a run, the same in every process."""
    torch.manual_seed(0)
    method, changes, _ = RUNS[name]
    return build(method, **changes).double()


def batch(step, rank):
    """Two views of the images of a process."""
    both = [view.double() for view in views(len(RANKS) * IMAGES, seed=step)]
    return [view[rank * IMAGES : (rank + 1) * IMAGES] for view in both]


def record(name, model):
    """The rectangles drawn and the images seen by the key encoder, in lists
    that fill up."""
    drawn, seen = [], []
    draw = model.region_branch.draw
    model.region_branch.draw = lambda *arguments: (
        drawn.append(draw(*arguments)) or drawn[-1]
    )
    key_encoder = getattr(model, MOMENTUM[RUNS[name][0]]).module
    key_encoder[0].register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0])
    )
    return drawn, seen


def detached(losses):
    return {name: loss.detach() for name, loss in losses.items()}


def train(name, rank, steps):
    """What mmengine's runner does in one of the processes."""
    model, counts = make(name), RUNS[name][2]
    wrapped = MMDistributedDataParallel(module=model, broadcast_buffers=False)
    drawn, seen = record(name, model)
    wrapper = OptimWrapper(
        torch.optim.SGD(
            model.parameters(),
            lr=RATE,
            momentum=KEPT_VELOCITY,
            weight_decay=DECAY,
        ),
        accumulative_counts=counts,
    )
    schedule = CosineAnnealingLR(wrapper, T_max=steps, by_epoch=False)
    set_max_iters(steps)
    torch.manual_seed(rank)  # of the rectangles
    losses = []
    for step in range(steps):
        set_iteration(step, counts)
        with wrapper.optim_context(wrapped):
            losses.append(wrapped(batch(step, rank), None, mode='loss'))
        wrapper.update_params(sum(losses[-1].values()))
        schedule.step()
    return dict(
        losses=[detached(step) for step in losses],
        after=model.state_dict(),
        drawn=drawn,
        seen=seen,
    )


def work(rank, folder, steps):
    with joined(rank, len(RANKS), folder):
        init_default_scope('mmpretrain')
        np.random.seed(rank)  # they agree on the shuffle of the first
        done = {name: train(name, rank, steps) for name in RUNS}
        torch.save(done, f'{folder}/{rank}.pth')


@pytest.fixture(
    scope='module', params=[4, pytest.param(50, marks=pytest.mark.long)]
)
def trained(request, tmp_path_factory):
    """How many steps, and what each process saved of them."""
    folder = tmp_path_factory.mktemp('processes')
    start(partial(work, steps=request.param), folder, len(RANKS))
    saved = [
        torch.load(folder / f'{rank}.pth', weights_only=False)
        for rank in RANKS
    ]
    return request.param, saved


def order_of(seen, step):
    """Which image of all is where in the batch that all processes saw."""
    images = torch.cat([batch(step, rank)[1] for rank in RANKS]).flatten(1)
    return torch.stack(
        [
            (images == image).all(1).nonzero().squeeze()
            for image in torch.cat(seen).flatten(1)
        ]
    )


def written_out(name, steps, of_ranks):
    """The run in one process: its state at the end, and the losses."""
    method, _, counts = RUNS[name]
    processes = Processes(
        make(name),
        count=len(RANKS),
        steps=steps,
        accumulated=counts,
        momentum=0.01,
        momentum_falls=method not in SHUFFLED,
    )
    views_a_step = len(of_ranks[0]['drawn']) // steps
    losses = []
    for step in range(steps):
        of_step = slice(step * views_a_step, (step + 1) * views_a_step)
        order = None
        if method in SHUFFLED:
            order = order_of([of['seen'][step] for of in of_ranks], step)
            assert order.tolist() != sorted(order.tolist()) or step
        losses.append(
            processes.run(
                getattr(methods, method),
                [batch(step, rank) for rank in RANKS],
                [of['drawn'][of_step] for of in of_ranks],
                order,
            )
        )
    return processes, losses


def state_of(processes, rank, attribute):
    """By the names that a checkpoint has for it."""
    model = processes.models[rank]
    state = {
        key: tensor
        for key, tensor in model.state_dict().items()
        if not key.startswith((attribute, 'queue'))
    }
    of_keys = processes.key_encoders[rank].state_dict()
    state.update((f'{attribute}.module.{k}', v) for k, v in of_keys.items())
    state[f'{attribute}.steps'] = torch.tensor(processes.momentum_moves)
    for queue, oldest in processes.oldest.items():
        state[queue] = processes.queue(queue)
        state[f'{queue}_ptr'] = torch.tensor([oldest])
    return state


@pytest.mark.parametrize('name', RUNS)
def test_two_processes_are_the_written_out_ones(trained, name):
    """Losses, weights, statistics, momentum encoder, queues and pointers."""
    steps, saved = trained
    of_ranks = [of_rank[name] for of_rank in saved]
    processes, losses = written_out(name, steps, of_ranks)
    for step, expected in enumerate(losses):
        for of, of_rank in zip(of_ranks, expected):
            torch.testing.assert_close(
                of['losses'][step], detached(of_rank), **TOLERANCE[steps]
            )
    for rank, of in zip(RANKS, of_ranks):
        expected = state_of(processes, rank, MOMENTUM[RUNS[name][0]])
        assert expected.keys() == of['after'].keys()
        for key, tensor in of['after'].items():
            torch.testing.assert_close(
                tensor, expected[key], msg=key, **TOLERANCE[steps]
            )
    queues = [key for key in of_ranks[0]['after'] if key.startswith('queue')]
    assert len(queues) == dict(m=2, d=4).get(RUNS[name][0], 0)
    for key in queues:
        first, second = (of['after'][key] for of in of_ranks)
        assert torch.equal(first, second), key
