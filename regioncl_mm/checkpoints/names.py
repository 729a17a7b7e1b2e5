"""Names of tensors, translated from one library's to another's.

A template such as ``res<s+1>.<b>.conv<c>`` stands for all names that begin so,
up to a dot: numbers take the places in brackets, and what follows the dot is
kept. ``<s+1>`` is one more than the ``<s>`` of the template on the other side,
``<2s-1>`` twice as much less one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Callable, NamedTuple

import torch
from torch import Tensor

PLACE = re.compile(r'<(\d*)([a-z])([+-]\d+)?>')


class Change(NamedTuple):
    """What differs in a tensor beside its name."""

    ours_to_theirs: Callable[[Tensor], Tensor]
    theirs_to_ours: Callable[[Tensor], Tensor]


class Rule(NamedTuple):
    """How mmpretrain and another library call the same tensors.

    Attributes:
        ours: A template of mmpretrain's names.
        theirs: A template of the other library's; several, if what is one
            tensor here is as many there, one after the other.
        change: What differs beside the name.
    """

    ours: str
    theirs: str | tuple[str, ...]
    change: Change | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """All templates of the other library."""
        theirs = self.theirs
        return (theirs,) if isinstance(theirs, str) else theirs


class NameMap(NamedTuple):
    """How a library calls the tensors of an architecture.

    Attributes:
        architecture: What mmpretrain's class is, in words.
        library: Whose names they are.
        mark: A name that the library's files have, and no other's.
        rules: The first whose template fits a name is taken.
        made: How names of ours end that the library's files do not have: it
            makes these tensors itself, or does without.
    """

    architecture: str
    library: str
    mark: str
    rules: tuple[Rule, ...]
    made: tuple[str, ...] = ()


def to_theirs(
    tensors: dict[str, Tensor], rules: tuple[Rule, ...]
) -> tuple[dict[str, Tensor], list[str]]:
    """Another library's tensors, and the names that it has none for."""
    found, left = {}, []
    for name, tensor in tensors.items():
        rule = next(
            (x for x in rules if rename(name, x.ours, '') is not None), None
        )
        if rule is None:
            left.append(name)
            continue
        if rule.change:
            tensor = rule.change.ours_to_theirs(tensor)
        count = len(rule.parts)
        pieces = tensor.chunk(count) if count > 1 else (tensor,)
        for part, piece in zip(rule.parts, pieces):
            theirs = rename(name, rule.ours, part)
            assert theirs is not None
            found[theirs] = piece
    return found, left


def to_ours(
    tensors: dict[str, Tensor], rules: tuple[Rule, ...]
) -> tuple[dict[str, Tensor], list[str]]:
    """mmpretrain's tensors, and the names that it has none for."""
    parts: dict[str, dict[int, Tensor]] = {}
    left, origins = [], {}
    for name, tensor in tensors.items():
        place = place_of(name, rules)
        if place is None:
            left.append(name)
            continue
        ours, rule, number = place
        if rule.change:
            tensor = rule.change.theirs_to_ours(tensor)
        parts.setdefault(ours, {})[number] = tensor
        origins[ours] = name, len(rule.parts)
    found = {}
    for ours, of_it in parts.items():
        name, count = origins[ours]
        if len(of_it) < count:  # a query without its key
            left.append(name)
        elif count == 1:
            found[ours] = of_it[0]
        else:
            found[ours] = torch.cat([of_it[i] for i in range(count)])
    return found, left


def place_of(
    name: str, rules: tuple[Rule, ...]
) -> tuple[str, Rule, int] | None:
    """Our name of another library's tensor, by which rule, as which part."""
    for rule in rules:
        for number, part in enumerate(rule.parts):
            ours = rename(name, part, rule.ours)
            if ours is not None:
                return ours, rule, number
    return None


def rename(name: str, template: str, other: str) -> str | None:
    """A name by the other of two templates, None if the first does not fit."""
    pattern, places = compiled(template)
    match = pattern.fullmatch(name)
    if not match:
        return None
    values = {}
    for (times, letter, plus), text in zip(places, match.groups()):
        value, remainder = divmod(int(text) - plus, times)
        if remainder or value < 0:
            return None
        values[letter] = value

    def fill(place: re.Match) -> str:
        times, letter, plus = numbers_of(place)
        return str(times * values[letter] + plus)

    return PLACE.sub(fill, other) + match.group('rest')


@lru_cache(maxsize=None)
def compiled(template: str) -> tuple[re.Pattern, list[tuple[int, str, int]]]:
    """What names of a template look like, and what its numbers mean."""
    places = [numbers_of(match) for match in PLACE.finditer(template)]
    texts = PLACE.split(template)[:: PLACE.groups + 1]
    begin = r'(\d+)'.join(map(re.escape, texts))
    return re.compile(rf'{begin}(?P<rest>(?:\..*)?)'), places


def numbers_of(place: re.Match) -> tuple[int, str, int]:
    """Factor, letter and summand of what is in brackets."""
    times, letter, plus = place.groups()
    return int(times or 1), letter, int(plus or 0)
