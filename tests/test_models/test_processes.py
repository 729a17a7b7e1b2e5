"""Two processes on gloo, started once; the tests look at what they saved."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from algorithms import BACKBONE, build, views
from mmengine.dist import broadcast
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from processes import joined, start
from reference import info_nce, region_loss
from test_models import test_regioncl_barlow, test_regioncl_simclr
from torch.nn.functional import normalize

from regioncl_mm.methods import momentum_attributes
from regioncl_mm.models.region_branch import (
    encode_with_regions,
    predict_with_regions,
)

RANKS = range(2)
IMAGES = 4  # a process
STEPS = 2  # the second fails if the first left a parameter unused
# The keys of these steps leave some old ones or, of both views, wrap.
QUEUE_LEN = 29
LEARNING_RATE = 0.1
CLOSE = dict(rtol=1e-9, atol=1e-11)

SPLIT_NORM = dict(BACKBONE, norm_cfg=dict(type='SplitBN', num_splits=2))
WITH_REGIONS = dict(
    m=('m', {}),
    m_symmetric=('m', dict(symmetric=True)),
    m_split_norm=('m', dict(backbone=SPLIT_NORM)),
    m_two_phase=('m', dict(two_phase=True)),
    d=('d', {}),
    d_two_phase=('d', dict(two_phase=True)),
    s=('s', {}),
    s_one_side=('s', dict(symmetric=False)),
    m3=('m3', {}),
    moby=('moby', {}),
    byol=('byol', {}),
    simclr=('simclr', {}),
    barlow=('barlow', {}),
)
# Their loss is that of all processes on each of them, with the gradient of its
# own rows. Data-parallel training takes the mean of these, so that a step is
# as many times shorter as there are processes.
OF_ALL = 'simclr', 'barlow'
NEW = 'byol', *OF_ALL
BASES = {
    f'{name}_base': (algorithm, dict(changes, region_branch=None))
    for name, (algorithm, changes) in WITH_REGIONS.items()
    if name in ('m', 'm_symmetric', 'd', 's', 'm3', 'moby', *NEW)
}
# What is run, each an algorithm, changes to it, and arguments of `train`.
RUNS = {name: (*run, {}) for name, run in WITH_REGIONS.items()}
RUNS.update((name, (*BASES[name], {})) for name in ('m3_base', 'moby_base'))
# In evaluation mode images meet in the losses and nowhere else.
STILL = {
    f'{name}_still': (*run, dict(training=False, steps=2))
    for name, run in BASES.items()
}
STILL['m3_base_still_accumulating'] = (
    *BASES['m3_base'],
    dict(training=False, steps=4, counts=2),
)
RUNS.update(STILL)
RUNS.update(
    (f'{name}_still', (name, {}, dict(training=False, steps=1)))
    for name in ('m3', *OF_ALL)
)
RUNS['m3_accumulating'] = ('m3', {}, dict(steps=4, counts=2))


def make(algorithm, changes):
    if algorithm in ('m', 'd', 'moby'):
        changes = dict(queue_len=QUEUE_LEN, **changes)
    return build(algorithm, **changes).double()


def batch(step, rank=None):
    """Two views of the images of a process, or without a rank of all."""
    both = [view.double() for view in views(len(RANKS) * IMAGES, seed=step)]
    if rank is None:
        return both
    return [view[rank * IMAGES : (rank + 1) * IMAGES] for view in both]


def seed_of(step, rank):
    """Processes draw different regions."""
    return 1000 * step + rank


def record(model):
    """What the momentum encoder gets and gives, in lists that fill up."""
    images, keys = [], []
    has = partial(hasattr, model)
    attribute = next(filter(has, momentum_attributes()), None)
    if attribute is not None:
        encode = model.encode_keys
        average = getattr(model, attribute)
        average.module[0].register_forward_pre_hook(
            lambda _, inputs: images.append(inputs[0])
        )

        def encode_and_record(*arguments):
            keys.append(encode(*arguments))
            return keys[-1]

        model.encode_keys = encode_and_record
    return images, keys


def train(
    wrapped,
    rank=None,
    training=True,
    counts=1,
    steps=STEPS,
    rate=LEARNING_RATE,
):
    """Train on the batches of a process; returns the losses by step."""
    wrapped.train(training)
    optimizer = torch.optim.SGD(wrapped.parameters(), lr=rate)
    wrapper = OptimWrapper(optimizer, accumulative_counts=counts)
    losses = []
    for step in range(steps):
        torch.manual_seed(seed_of(step, rank or 0))
        with wrapper.optim_context(wrapped):
            losses.append(wrapped(batch(step, rank), None, mode='loss'))
        wrapper.update_params(sum(losses[-1].values()))
    return [{k: v.detach() for k, v in step.items()} for step in losses]


def work(rank, folder):
    """What each process does: all runs."""
    with joined(rank, len(RANKS), folder):
        init_default_scope('mmpretrain')
        done = {}
        for name, (algorithm, changes, arguments) in RUNS.items():
            # As in mmengine's runner: processes differ in their seeds and then
            # share the state of the first; buffers are left alone later on.
            torch.manual_seed(rank)
            np.random.seed(rank)  # they agree on the shuffle of the first
            model = make(algorithm, changes)
            wrapped = MMDistributedDataParallel(
                module=model,
                device_ids=None,
                broadcast_buffers=False,
                find_unused_parameters=False,
            )
            for tensor in model.state_dict().values():
                broadcast(tensor)
            before = copy.deepcopy(model.state_dict())
            images, keys = record(model)
            rate = LEARNING_RATE
            if algorithm in OF_ALL:
                rate *= len(RANKS)
            losses = train(wrapped, rank, rate=rate, **arguments)
            done[name] = dict(
                before=before,
                after=copy.deepcopy(model.state_dict()),
                losses=losses,
                images=images,
                keys=keys,
            )
        torch.save(done, f'{folder}/{rank}.pth')


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    """What each process saved, by run."""
    folder = tmp_path_factory.mktemp('processes')
    start(work, folder, len(RANKS))
    return [
        torch.load(folder / f'{rank}.pth', weights_only=False)
        for rank in RANKS
    ]


def of_run(ranks, name, what):
    return [done[name][what] for done in ranks]


@pytest.mark.parametrize('name', RUNS)
def test_processes_agree(ranks, name):
    """Parameters, momentum encoder, queue and pointers, to the last bit."""
    first, second = of_run(ranks, name, 'after')
    before, before_second = of_run(ranks, name, 'before')
    moved = 0
    for key, tensor in first.items():
        assert torch.equal(before[key], before_second[key]), key
        if 'running_' not in key:  # each process has its own statistics
            assert torch.equal(tensor, second[key]), key
            moved += not torch.equal(tensor, before[key])
    assert moved > 10
    # They worked on different images.
    same = RUNS[name][0] in OF_ALL
    for one, other in zip(*of_run(ranks, name, 'losses')):
        assert one.keys() == other.keys()
        for loss in one:
            assert one[loss].isfinite()
            assert (one[loss] == other[loss]) == same


# By algorithm: the queues, each with the keys that a step pushes into it.
PUSHED = dict(
    m=dict(queue=lambda calls: calls),
    d=dict(
        queue=lambda calls: [calls[0][1]], queue2=lambda calls: [calls[0][3]]
    ),
    moby=dict(queue1=lambda calls: calls[:1], queue2=lambda calls: calls[1:]),
)
QUEUED = [name for name, run in RUNS.items() if run[0] in PUSHED]


@pytest.mark.parametrize('name', QUEUED)
def test_queues_hold_the_keys_of_both_processes_in_rank_order(ranks, name):
    algorithm = RUNS[name][0]
    keys = of_run(ranks, name, 'keys')
    steps = RUNS[name][2].get('steps', STEPS)
    calls = 2 if 'symmetric' in name or algorithm == 'moby' else 1
    assert len(keys[0]) == len(keys[1]) == steps * calls
    for queue, pushed in PUSHED[algorithm].items():
        expected = ranks[0][name]['before'][queue].clone()
        pointer = 0
        for step in range(steps):
            of_step = slice(step * calls, (step + 1) * calls)
            by_rank = [pushed(keys[rank][of_step]) for rank in RANKS]
            for of_ranks in zip(*by_rank):
                for key in torch.cat(of_ranks):
                    expected[:, pointer % QUEUE_LEN] = key
                    pointer += 1
        per_step = 2 if 'symmetric' in name else 1
        assert pointer == steps * per_step * len(RANKS) * IMAGES
        after = ranks[0][name]['after']
        assert torch.equal(after[queue], expected)
        assert after[f'{queue}_ptr'].item() == pointer % QUEUE_LEN


@pytest.mark.parametrize('name', ['m', 'm_symmetric', 'm_split_norm', 'd'])
def test_keys_are_encoded_in_a_shuffled_batch(ranks, name):
    halves = []
    for step, seen in enumerate(zip(*of_run(ranks, name, 'images'))):
        if name == 'm_symmetric':
            step, view = step // 2, 1 - step % 2
        else:
            view = 1
        images = batch(step)[view].flatten(1)
        order = [
            int((images == image).all(1).nonzero())
            for image in torch.cat(seen).flatten(1)
        ]
        assert sorted(order) == list(range(len(images)))
        halves.append(sorted(order[:IMAGES]))
    # Not each process its own.
    assert any(half != [*range(IMAGES)] for half in halves)


@pytest.mark.parametrize('name', ['m3', 'moby', 'byol'])
def test_keys_of_the_other_methods_stay_where_they_are(ranks, name):
    for rank, seen in enumerate(of_run(ranks, name, 'images')):
        assert len(seen) == 2 * STEPS
        for i, images in enumerate(seen):
            assert torch.equal(images, batch(i // 2, rank)[i % 2])


@pytest.mark.parametrize('name', ['m', 'd'])
def test_two_phases_end_where_one_does(ranks, name):
    """Gradients of both are reduced over the processes, each once."""
    one, two = (ranks[0][run]['after'] for run in (name, f'{name}_two_phase'))
    moved = ranks[0][name]['before']
    assert sum(not torch.equal(one[key], moved[key]) for key in one) > 10
    for key, tensor in one.items():
        # The momentum encoder copies its first ones a forward pass earlier.
        of_batch_norm = 'running_' in key or 'num_batches' in key
        if not (key.startswith('encoder_k') and of_batch_norm):
            torch.testing.assert_close(two[key], tensor, **CLOSE, msg=key)


def alone(ranks, name):
    """The model that the processes started from, in this process."""
    algorithm, changes, arguments = RUNS[name]
    model = make(algorithm, changes)
    model.load_state_dict(ranks[0][name]['before'], strict=True)
    return model, arguments


@pytest.mark.parametrize('name', STILL)
def test_two_processes_train_as_one_on_all_images(ranks, name):
    """Losses, gradients, momentum encoder and queue, without regions and
    batch statistics: negatives are those of all processes, keys in order."""
    model, arguments = alone(ranks, name)
    losses = train(model, **arguments)
    for one, *of_ranks in zip(losses, *of_run(ranks, name, 'losses')):
        for loss in one:
            mean = torch.stack([of[loss] for of in of_ranks]).mean()
            torch.testing.assert_close(mean, one[loss], **CLOSE, msg=loss)
    after = ranks[0][name]['after']
    for key, tensor in model.state_dict().items():
        torch.testing.assert_close(after[key], tensor, **CLOSE, msg=key)


def test_m3_contrasts_regions_with_the_keys_of_both_processes(ranks):
    """One step, written out: every other key of all images is a negative, and
    so is the other region of the composite."""
    model, _ = alone(ranks, 'm3_still')
    model.eval()
    temperature = model.head.temperature
    weight = model.head.loss_module.loss_weight
    with torch.no_grad():  # the first update of the EMA copies the weights
        k_1, k_2 = (
            normalize(model.neck(model.backbone(view))[0]) for view in batch(0)
        )
    total = 0
    for rank in RANKS:
        torch.manual_seed(seed_of(0, rank))
        encoded = predict_with_regions(model, batch(0, rank))
        rows = torch.arange(IMAGES) + rank * IMAGES
        instance = regions = 0
        for (q, of_q), k in zip(encoded, (k_2, k_1)):
            others = [k[torch.arange(len(k)) != row].t() for row in rows]
            instance += info_nce(q, k[rows], others, temperature)
            regions += region_loss(
                *of_q[:2], k[rows], others, of_q.partner, temperature
            )
        (losses,) = ranks[rank]['m3_still']['losses']
        torch.testing.assert_close(
            losses['loss_instance'], weight * instance, **CLOSE
        )
        torch.testing.assert_close(
            losses['loss_region'], weight * regions, **CLOSE
        )
        total += weight * (instance + regions) / len(RANKS)
    total.backward()
    assert_moved_by_its_gradient(model, ranks[0]['m3_still']['after'])


def assert_moved_by_its_gradient(model, after):
    moved = 0
    for key, parameter in model.named_parameters():
        if parameter.requires_grad:
            expected = parameter - LEARNING_RATE * parameter.grad
            torch.testing.assert_close(after[key], expected, **CLOSE, msg=key)
            moved += parameter.grad.abs().max() > 1e-4
    assert moved > 10


def encoded(model, images):
    projectors = [model.neck]
    return encode_with_regions(
        model.region_branch, images, model.backbone, projectors
    )[0]


def simclr_of_all(model):
    """Both losses, regions drawn by each process."""
    z, regions = [], []
    for rank in RANKS:
        torch.manual_seed(seed_of(0, rank))
        rows = test_regioncl_simclr.side_by_side(batch(0, rank))
        of_rank, of_composites = encoded(model, rows)
        z.append(normalize(of_rank))
        regions.append(of_composites[:3])
    return test_regioncl_simclr.reference_losses(
        torch.cat(z), regions, model.head.temperature
    )


def barlow_of_all(model):
    """Both losses; in evaluation mode no mean and scale is removed."""
    sums = [0] * 5
    for rank in RANKS:
        torch.manual_seed(seed_of(0, rank))
        sides = [encoded(model, view) for view in batch(0, rank)]
        (z_1, of_1), (z_2, of_2) = sides
        pairs = [(z_1, z_2)]
        for views_of, key in ((of_1, z_2.detach()), (of_2, z_1.detach())):
            pairs.append((views_of.canvas, key))
            pairs.append((views_of.paste, key[views_of.partner]))
        found = [test_regioncl_barlow.correlation(*pair) for pair in pairs]
        sums = [one + other for one, other in zip(sums, found)]
    count = len(RANKS) * IMAGES * (1 + model.head.bn.eps)
    instance, *regions = (
        test_regioncl_barlow.cross_correlation_loss(matrix / count)
        for matrix in sums
    )
    return instance, sum(regions) / len(regions)


@pytest.mark.parametrize(
    'name, of_all', [('simclr', simclr_of_all), ('barlow', barlow_of_all)]
)
def test_losses_of_all_processes_are_those_written_out(ranks, name, of_all):
    """One step with regions; instance and region loss weigh the same in it
    however many processes there are."""
    model, _ = alone(ranks, f'{name}_still')
    model.eval()
    instance, regions = of_all(model)
    for (losses,) in of_run(ranks, f'{name}_still', 'losses'):
        torch.testing.assert_close(losses['loss_instance'], instance, **CLOSE)
        torch.testing.assert_close(losses['loss_region'], regions, **CLOSE)
    (instance + regions).backward()
    assert_moved_by_its_gradient(model, ranks[0][f'{name}_still']['after'])
