"""What a check found."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Iterable, Mapping

from PIL import Image

AT_MOST = 5  # names of files in one message


class Report:
    """Collects problems, warnings and what is all right.

    Args:
        root: The data set's folder.
        samples: How many images of each folder are decoded.
        seed: Which these are.
    """

    def __init__(self, root: Path, samples: int = 50, seed: int = 0) -> None:
        self.root, self.samples, self.seed = root, samples, seed
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
        count = min(self.samples, len(names))
        return random.Random(self.seed).sample(names, count)  # nosec B311

    def decode(
        self,
        folder: str,
        names: Iterable[str],
        sizes: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        """Decode a sample of images whole.

        Args:
            folder: Where they are, below the root.
            names: The images' names in the folder.
            sizes: The (width, height) to compare with, by the names.
        """
        chosen = self.sample(names)
        broken, other_size = [], []
        for name in chosen:
            try:
                with Image.open(self.root / folder / name) as image:
                    image.load()
                    size = image.size
            except (OSError, SyntaxError):  # Pillow's for a broken PNG
                broken.append(f'{folder}/{name}')
                continue
            # A photo may be stored on its side.
            if sizes and sorted(size) != sorted(sizes[name]):
                other_size.append(f'{folder}/{name}')
        self.several(broken, 'cannot be decoded (cut off?)', 'copy them again')
        self.several(other_size, 'are not of the size that is annotated')
        whole = len(chosen) - len(broken)
        self.good.append(f'{folder}: {whole} of {len(chosen)} images decoded')
