"""Footnotes on results that cannot simply be compared."""

from __future__ import annotations

from .results import Result


class Marks:
    """``*`` for the first changed settings, ``**`` for the next; so ``†``."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}  # remark to mark

    def of(self, result: Result) -> str:
        marks = []
        for sign, what, text in (
            ('*', 'settings changed', result.changed),
            ('†', 'partly loaded', result.loaded),
        ):
            if text:
                used = [m for m in self.found.values() if m[0] == sign]
                mark = sign * (len(used) + 1)
                marks.append(self.found.setdefault(f'{what}: {text}', mark))
        return ''.join(marks)

    def remarks(self) -> list[str]:
        return [f'{mark} {text}' for text, mark in self.found.items()]
