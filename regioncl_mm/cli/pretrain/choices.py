"""The numbers of a training, each with the reason for it."""

from __future__ import annotations

from typing import NamedTuple

from .backbones import stride_of
from .machine import Machine
from .recipes import Recipe

SIZE = 224  # pixels, the paper's
SIZE_ON_CPU = 128
MIN_CELLS = 4  # a side of the pictures, unless the user says otherwise
SMALLEST_BATCH = 4
USUAL_BATCH = 16  # even of few pictures, if there are two batches
MOST_ON_CPU = 64
MOST_ON_GPU = 256  # of a process
STEPS_ON_CPU, STEPS_ON_GPU = 500, 10_000
EPOCHS_ON_CPU, EPOCHS_ON_GPU = (20, 200), (200, 800)
MEMORY_SHARE = 0.8  # of the GPU, for what is computed with
SHORT_RUN = 10_000  # steps, below which a momentum encoder must hurry
HURRIED_MOMENTUM = 0.01


class Choice(NamedTuple):
    """A value and why it is so, in words."""

    value: int
    why: str


def power_of_two(number: float) -> int:
    """The largest power of two up to a number from 1 up."""
    return 1 << (max(1, int(number)).bit_length() - 1)


def choose_size(
    asked: int | None, backbone: str, machine: Machine, side: int
) -> Choice:
    """Pixels of a view's side.

    Args:
        asked: The user's wish, if there is one.
        backbone: Its name.
        machine: Where it is trained.
        side: Half of the pictures' shorter sides are smaller.
    """
    stride = stride_of(backbone)
    if asked:
        return Choice(asked, 'as asked for')
    usual = SIZE if machine.gpu else SIZE_ON_CPU
    whole = max(MIN_CELLS * stride, -(-side // stride) * stride)
    if whole < usual:
        return Choice(whole, f'half of the pictures are under {side} pixels')
    if machine.gpu:
        return Choice(usual, "the paper's")
    return Choice(usual, 'small, for there is no GPU')


def rectangle(size: int, stride: int) -> tuple[int, int, int]:
    """Cells of a view's side, and the shortest and longest of a rectangle's.

    They are the paper's 3 to 5 of 7, in proportion.

    Raises:
        ValueError: If the size is not at least two whole cells.
    """
    if size % stride or size < 2 * stride:
        lower = max(2, size // stride) * stride
        raise ValueError(
            f'--size {size} does not divide into cells of {stride} pixels, '
            f'or into fewer than two; take {lower} or {lower + stride}'
        )
    cells = size // stride
    longest = min(cells - 1, max(1, round(5 / 7 * cells)))
    return cells, min(longest, max(1, round(3 / 7 * cells))), longest


def choose_batch(
    asked: int | None,
    images: int,
    machine: Machine,
    meant_for: int,
    bytes_of: tuple[int, int],
) -> Choice:
    """Pictures a step, over all processes.

    Args:
        asked: The user's wish, if there is one.
        images: How many pictures there are.
        machine: Where it is trained.
        meant_for: The recipe's own batch.
        bytes_of: What a process needs of memory for a picture, and whatever
            the batch.

    Raises:
        ValueError: If there are not two batches, or it cannot be shared out.
    """
    if asked:
        if asked % machine.processes or asked < 2 * machine.processes:
            raise ValueError(
                f'--batch-size {asked} cannot be shared out evenly to '
                f'{machine.processes} process(es), at least 2 pictures each'
            )
        refuse_few(images, asked, machine.processes)
        return Choice(asked, 'as asked for')
    least = max(SMALLEST_BATCH, 2 * machine.processes)
    refuse_few(images, least, machine.processes)
    limits = [
        (meant_for, "the recipe's own"),
        (
            max(images / 8, min(USUAL_BATCH, images / 2)),
            f'fits {images:,} pictures',
        ),
    ]
    if machine.gpu:
        per_image, fixed = bytes_of
        fits = (MEMORY_SHARE * machine.memory - fixed) / per_image
        limits += [
            (fits * machine.processes, f'fits the memory of {machine.gpu}'),
            (MOST_ON_GPU * machine.processes, 'enough for a GPU'),
        ]
    else:
        limits.append((MOST_ON_CPU, 'enough for a CPU'))
    number, why = min(limits)
    each = power_of_two(max(least, number) / machine.processes)
    return Choice(each * machine.processes, why)


def refuse_few(images: int, batch: int, processes: int) -> None:
    """Raise if there are not two batches.

    Raises:
        ValueError: With a batch that there are two of and that can be shared
            out, or fewer processes, if that helps.
    """
    if images >= 2 * batch:
        return
    remedy = 'add some'
    each = power_of_two(images / 2 / processes)
    if images >= 2 * max(SMALLEST_BATCH, 2 * processes):
        remedy += f', or take --batch-size {each * processes}'
    elif images >= 2 * SMALLEST_BATCH:
        remedy += f', or take no more than {images // 4} processes'
    raise ValueError(
        f'{images} picture(s) are fewer than two batches of {batch}: from so '
        f'few nothing is learnt; {remedy}'
    )


def choose_epochs(
    asked: int | None, steps_per_epoch: int, machine: Machine
) -> Choice:
    """How often all pictures are seen: more often if they are few."""
    if asked:
        return Choice(asked, 'as asked for')
    if machine.gpu:
        steps, (least, most) = STEPS_ON_GPU, EPOCHS_ON_GPU
        where = 'a GPU'
    else:
        steps, (least, most) = STEPS_ON_CPU, EPOCHS_ON_CPU
        where = 'a CPU; more are better'
    epochs = min(most, max(least, -(-steps // steps_per_epoch)))
    return Choice(
        epochs,
        f'{epochs * steps_per_epoch:,} steps of {steps_per_epoch:,} an '
        f'epoch, for {where}',
    )


def choose_queue(images: int, batch: int, usual: int) -> Choice:
    """Keys that are kept: older ones of a picture are wrong negatives."""
    whole = images // 2 // batch * batch
    if whole < usual:
        return Choice(whole, 'at most half as many as there are pictures')
    return Choice(usual, "the recipe's")


def rate_for(recipe: Recipe, batch: int) -> tuple[float, float, int]:
    """The learning rate in proportion to the batch.

    Returns:
        The rate; the recipe's own, and the batch that this is meant for.
    """
    usual = recipe.schedule.optim_wrapper.optimizer.lr
    meant_for = recipe.schedule.auto_scale_lr.base_batch_size
    return float(f'{usual * batch / meant_for:.4g}'), usual, meant_for
