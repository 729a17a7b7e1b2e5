"""What a check found."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Iterable, Mapping

from .decode import look_at_all

AT_MOST = 5  # names of files in one message


class Report:
    """Collects problems, warnings and what is all right.

    Args:
        root: The data set's folder.
        samples: How many images of each folder are decoded; None for all.
        seed: Which these are.
        workers: Processes that decode.
    """

    def __init__(
        self,
        root: Path,
        samples: int | None = None,
        seed: int = 0,
        workers: int = 1,
    ) -> None:
        self.root, self.samples, self.seed = root, samples, seed
        self.workers = workers
        self.files: list[tuple[str, str]] = []  # with a problem, and which
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.good: list[str] = []

    def problem(self, text: str) -> None:
        """Note something that a config would fail for."""
        self.problems.append(text)

    def has(self, name: str, remedy: str = '') -> bool:
        """Whether a file or folder is there, and holds anything.

        If not, it is noted as a problem, with the ``remedy``.
        """
        path = self.root / name
        if path.is_dir():
            filled = next(path.iterdir(), None) is not None
        else:
            filled = path.is_file() and path.stat().st_size > 0
        if not filled:
            state = 'is empty' if path.exists() else 'is missing'
            self.problem(f'{name} {state}{remedy and f"; {remedy}"}')
        return filled

    def missing(
        self, names: Iterable[str], where: str, remedy: str = ''
    ) -> None:
        """Note files that ``where`` needs and that are not there."""
        self.several(names, f'needed by {where} are missing', remedy)

    def several(
        self, names: Iterable[str], fault: str, remedy: str = ''
    ) -> None:
        """Note a problem of all ``names``, if there are any."""
        names = sorted(names)
        if names:
            self.files += [(name, fault) for name in names]
            listed = ', '.join(names[:AT_MOST])
            more = ', ...' if len(names) > AT_MOST else ''
            self.problem(
                f'{len(names)} file(s) {fault}: {listed}{more}'
                f'{remedy and f"; {remedy}"}'
            )

    def count(self, what: str, found: int, published: int) -> None:
        """Note a number, with a warning if it is not the published one."""
        self.good.append(f'{what}: {found:,}')
        if found != published:
            self.warnings.append(
                f'{what}: {found:,}, and {published:,} in the published data '
                'set (all right for a subset or toy data)'
            )

    def sample(self, names: Iterable[str]) -> list[str]:
        """Draw so many names as the report looks at, or all there are."""
        names = sorted(names)
        if self.samples is None:
            return names
        count = min(self.samples, len(names))
        return random.Random(self.seed).sample(names, count)  # nosec B311

    def decode(
        self,
        folder: str,
        names: Iterable[str],
        sizes: Mapping[str, tuple[int, int]] | None = None,
        color_type: str = 'color',
    ) -> None:
        """Decode images whole, as training does.

        Args:
            folder: Where they are, below the root.
            names: The images' names in the folder.
            sizes: The (width, height) to compare with, by the names.
            color_type: As :func:`~regioncl_mm.images.read_image` has it.
        """
        chosen = self.sample(names)
        paths = [self.root / folder / name for name in chosen]
        unread, other_size = {}, []
        for name, found in zip(
            chosen, look_at_all(paths, color_type, self.workers)
        ):
            if found.fault:
                unread[f'{folder}/{name}'] = found.fault
            # A photo may be stored on its side.
            elif sizes and sorted(found.size) != sorted(sizes[name]):
                other_size.append(f'{folder}/{name}')
        if unread:
            self.files += unread.items()
            first = min(unread)
            self.problem(
                f'{len(unread)} file(s) cannot be read (cut off?), the first '
                f'is {first}: {unread[first]}; copy them again'
            )
        self.several(other_size, 'are not of the size that is annotated')
        whole = len(chosen) - len(unread)
        self.good.append(f'{folder}: {whole} of {len(chosen)} images decoded')

    def write_files(self, path: Path) -> None:
        """Write a line for each file with a problem: its path, a tab, why."""
        lines = [f'{name}\t{fault}\n' for name, fault in self.files]
        path.write_text(''.join(sorted(lines)), encoding='utf-8')
