"""What tools/pretrain.py chooses, in numbers."""

import re

import pytest
import torch

from regioncl_mm.cli.pretrain import choices
from regioncl_mm.cli.pretrain.machine import (
    VARIABLES,
    Machine,
    launched,
    this_machine,
)

CPU = Machine(processes=1, cores=2)
GPU = Machine(processes=1, cores=9, gpu='a GPU', memory=10 * 2**30)
THREE, FOUR, FIVE = (GPU._replace(processes=n) for n in (3, 4, 5))
NOTHING = (1, 0)  # bytes


@pytest.mark.parametrize(
    'launcher, variables, expected',
    [
        ('none', {}, (0, 1)),
        ('pytorch', dict(RANK='3', WORLD_SIZE='8'), (3, 8)),
        ('slurm', dict(SLURM_PROCID='1', SLURM_NTASKS='2'), (1, 2)),
    ],
)
def test_launchers_tell_a_process_its_place(
    launcher, variables, expected, monkeypatch
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert launched(launcher) == expected


@pytest.mark.parametrize(
    'launcher, message',
    [
        ('pytorch', 'RANK is not set.* `bash tools/dist_pretrain.sh FOLDER'),
        ('slurm', 'SLURM_PROCID is not set, as it is by `srun'),
        ('mpi', 'OMPI_COMM_WORLD_RANK is not set, as it is by `mpirun'),
    ],
)
def test_a_process_that_no_launcher_started_is_told_what_to_call(
    launcher, message, monkeypatch
):
    for name in VARIABLES[launcher]:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match=message):
        launched(launcher)


def test_the_cores_of_a_machine_are_shared_out(monkeypatch):
    monkeypatch.setattr('os.sched_getaffinity', lambda _: range(8))
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '4')
    assert this_machine(8) == Machine(processes=8, cores=2)
    monkeypatch.delenv('LOCAL_WORLD_SIZE')
    assert this_machine(1) == Machine(processes=1, cores=8)


def test_a_gpu_is_asked_what_it_has(monkeypatch):
    monkeypatch.setattr('os.sched_getaffinity', lambda _: range(8))
    for name, value in dict(
        is_available=True,
        get_device_name='a GPU',
        mem_get_info=(5, 9),
        is_bf16_supported=True,
    ).items():
        monkeypatch.setattr(torch.cuda, name, lambda value=value: value)
    assert this_machine(1) == Machine(1, 8, 'a GPU', 5, True)


@pytest.mark.parametrize(
    'machine, workers',
    [
        (CPU, 0),
        (CPU._replace(cores=8), 2),
        (GPU, 8),
        (GPU._replace(cores=4), 3),
        (GPU._replace(cores=64), 8),
        (GPU._replace(cores=1), 1),
    ],
)
def test_workers_leave_the_training_its_cores(machine, workers):
    assert machine.workers == workers


@pytest.mark.parametrize(
    'asked, backbone, machine, side, size',
    [
        (None, 'resnet50', GPU, 480, 224),
        (None, 'resnet50', CPU, 480, 128),
        (None, 'resnet50', GPU, 150, 160),  # whole cells
        (None, 'resnet50', GPU, 32, 128),  # four cells
        (None, 'vit-small', GPU, 32, 64),
        (96, 'resnet50', GPU, 480, 96),
    ],
)
def test_size(asked, backbone, machine, side, size):
    chosen = choices.choose_size(asked, backbone, machine, side)
    assert chosen.value == size and chosen.why


@pytest.mark.parametrize(
    'size, stride, expected',
    [
        (224, 32, (7, 3, 5)),  # the paper's
        (224, 16, (14, 6, 10)),
        (160, 32, (5, 2, 4)),
        (128, 32, (4, 2, 3)),
        (96, 32, (3, 1, 2)),
        (64, 32, (2, 1, 1)),
    ],
)
def test_the_rectangle_is_the_papers_in_proportion(size, stride, expected):
    assert choices.rectangle(size, stride) == expected


@pytest.mark.parametrize(
    'size, remedy', [(100, 'take 96 or 128'), (32, 'take 64 or 96')]
)
def test_a_size_that_has_no_cells_is_refused(size, remedy):
    with pytest.raises(ValueError, match=remedy):
        choices.rectangle(size, 32)


@pytest.mark.parametrize(
    'images, machine, meant_for, bytes_of, batch',
    [
        (44, CPU, 1024, NOTHING, 16),
        (20, CPU, 1024, NOTHING, 8),
        (8, CPU, 1024, NOTHING, 4),
        (1000, CPU, 1024, NOTHING, 64),
        (400, CPU, 1024, NOTHING, 32),
        (10**6, GPU, 1024, NOTHING, 256),
        (10**6, GPU, 128, NOTHING, 128),
        # 8 GiB: 2 of them for the model, and 6 for 60 images.
        (10**6, GPU, 1024, (2**30 // 10, 2 * 2**30), 32),
        (10**6, FOUR, 1024, (2**30 // 10, 2 * 2**30), 128),
        (10**6, FOUR, 4096, NOTHING, 1024),
        (64, FOUR, 1024, NOTHING, 16),
        (18, FOUR, 1024, NOTHING, 8),
    ],
)
def test_batch(images, machine, meant_for, bytes_of, batch):
    chosen = choices.choose_batch(None, images, machine, meant_for, bytes_of)
    assert chosen.value == batch and chosen.why


@pytest.mark.parametrize(
    'asked, images, machine, message',
    [
        (None, 7, CPU, r'7 picture\(s\) are fewer than two batches of 4.*add'),
        (None, 15, FOUR, '15 .* of 8.*some, or take no more than 3 processes'),
        (None, 13, FIVE, '13 .* of 10.* take no more than 3 processes'),
        (64, 44, FOUR, '44 .* two batches of 64.* take --batch-size 16'),
        (66, 100, THREE, '100 .* two batches of 66.* take --batch-size 48'),
        (32, 44, CPU, '44 .* two batches of 32.* take --batch-size 16'),
        (30, 100, FOUR, r'30 cannot be shared out evenly to 4 process\(es\)'),
        (1, 100, CPU, 'at least 2 pictures each'),
    ],
)
def test_batches_that_cannot_be_are_refused(asked, images, machine, message):
    with pytest.raises(ValueError, match=message):
        choices.choose_batch(asked, images, machine, 1024, NOTHING)


@pytest.mark.parametrize('processes', range(1, 7))
def test_the_advice_of_a_refusal_is_not_refused(processes):
    for images in range(8, 60):
        machine = GPU._replace(processes=processes)
        with pytest.raises(ValueError) as refusal:
            choices.choose_batch(60, images, machine, 1024, NOTHING)
        what, number = re.search(
            'take (--batch-size|no more than) ([0-9]+)', str(refusal.value)
        ).groups()
        batch = int(number) if what == '--batch-size' else None
        if batch is None:
            machine = machine._replace(processes=int(number))
        choices.choose_batch(batch, images, machine, 1024, NOTHING)


@pytest.mark.parametrize(
    'asked, steps, machine, epochs',
    [
        (3, 2, CPU, 3),
        (None, 2, CPU, 200),  # 250 were 500 steps
        (None, 10, CPU, 50),
        (None, 1000, CPU, 20),
        (None, 2, GPU, 800),
        (None, 25, GPU, 400),
        (None, 5000, GPU, 200),
    ],
)
def test_epochs(asked, steps, machine, epochs):
    assert choices.choose_epochs(asked, steps, machine).value == epochs


@pytest.mark.parametrize(
    'images, batch, queue',
    [(44, 16, 16), (100, 16, 48), (10**6, 256, 65536)],
)
def test_the_queue_is_at_most_half_of_the_pictures(images, batch, queue):
    assert choices.choose_queue(images, batch, 65536).value == queue
