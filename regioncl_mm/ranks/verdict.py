"""Which rank keeps the others waiting."""

from __future__ import annotations

from typing import NamedTuple

# A rank may do other things than steps (validate, save, build a model) for so
# many times as long as a step may take, and so may a step that gets on.
PATIENCE = 20
# Where a rank is that waits for others.
WAITING = (
    'torch/distributed/',
    'torch/autograd/',
    'torch/nn/parallel/',
    'mmengine/dist/',
)


class Standing(NamedTuple):
    """What one rank knows of another.

    Attributes:
        name: Its rank, host and process.
        moves: Two for each step that is done, and one for one begun.
        in_steps: Whether it is at its steps, and not at something else.
        where: Its innermost frames, the innermost first.
        moved: Seconds since ``moves`` changed.
        changed: Seconds since anything that it says of itself changed.
        heard: Seconds since it said anything.
    """

    name: str
    moves: int
    in_steps: bool
    where: str
    moved: float
    changed: float
    heard: float

    @property
    def waits(self) -> bool:
        """Whether it waits for other ranks, as far as Python can tell."""
        innermost = self.where.split(' < ')[0].replace('\\', '/')
        return any(place in innermost for place in WAITING)

    def describe(self, timeout: float) -> str:
        """In words, where it is and whether it says so."""
        step, begun = divmod(self.moves, 2)
        doing = 'is in' if begun else 'has not begun'
        text = f'{self.name} {doing} step {step + 1}, at {self.where}'
        if self.heard > timeout / 2:
            text += (
                f', and has said nothing for {self.heard:.0f} s (its process '
                'is stopped or dead, or its machine is)'
            )
        return text


def find_late(ranks: list[Standing], timeout: float) -> str | None:
    """Who is gone, or keeps the others waiting.

    As long as one of them gets on, nobody is blamed: a rank that does not
    keeps the others from getting on before long.

    Args:
        ranks: In their order.
        timeout: Seconds that a rank may take without a sign of life.

    Returns:
        What is the matter, by the ranks' names; None if nothing is.
    """
    silent = [x for x in ranks if x.heard > timeout]
    if silent:
        return '; '.join(x.describe(timeout) for x in silent)
    patience = PATIENCE * timeout
    stand_still = all(x.changed > timeout for x in ranks)
    if not stand_still and min(x.moved for x in ranks) <= patience:
        return None
    elsewhere = [x for x in ranks if not x.in_steps]
    if elsewhere and min(x.moved for x in elsewhere) <= patience:
        return None
    return (
        '; '.join(x.describe(timeout) for x in blamed(ranks))
        + f', for {min(x.moved for x in ranks):.0f} s, and the others wait'
    )


def blamed(ranks: list[Standing]) -> list[Standing]:
    """Those that are behind, else those that do not wait, else all."""
    behind = min(x.moves for x in ranks)
    late = [x for x in ranks if x.moves == behind]
    return [x for x in late if not x.waits] or late
