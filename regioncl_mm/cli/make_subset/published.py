"""Published lists of ImageNet's files."""

from __future__ import annotations

from pathlib import Path


def read_published(file: Path, images: dict[str, int]) -> dict[str, int]:
    """Choose the images that a file names, a line each.

    A name is ``n01440764_10026.JPEG``, with or without its folder before and
    a label after it, which is not used.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it names what the data set has not, or nothing.
    """
    by_name = {path.split('/')[-1]: path for path in images}
    lines = file.read_text(encoding='utf-8').split('\n')
    names = [line.split()[0].split('/')[-1] for line in lines if line.strip()]
    unknown = [name for name in names if name not in by_name]
    if unknown or not names:
        raise ValueError(
            f'{file} names {len(unknown)} of {len(names)} images that are '
            f'not in the data set, {", ".join(unknown[:3])}'
            if names
            else f'{file} is empty'
        )
    chosen = {by_name[name] for name in names}
    return {path: images[path] for path in sorted(chosen)}
