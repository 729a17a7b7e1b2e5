"""The names of categories, in a file and in a config."""

from __future__ import annotations

from typing import Sequence

from .coco_file import listed, plain


def check_names(
    file: str, content: dict, classes: Sequence[str], heads: dict[str, int]
) -> list[str]:
    """Find that a file has all of a config's classes.

    Labels are counted over those classes that the file has: if it lacks one,
    others get its label.

    Args:
        file: The annotation file.
        content: Its content.
        classes: The config's.
        heads: The number of classes of each of the model's heads.

    Returns:
        The classes by their labels, that is in the order of the file.

    Raises:
        ValueError: Naming what it lacks, what it has, and what to set.
    """
    names = [category['name'] for category in content['categories']]
    lacking = [name for name in classes if name not in names]
    if not lacking:
        return [name for name in names if name in set(classes)]
    alike = {plain(name): name for name in names}
    other_case = [
        f'its {alike[plain(name)]!r} is {name!r} there'
        for name in lacking
        if plain(name) in alike
    ]
    text = (
        f'{file} lacks {len(lacking)} of the {len(classes)} categories that '
        f'the config has: {listed(lacking)}. It has {listed(names)}'
    )
    if other_case:
        text += f' ({listed(other_case)})'
    setting = ', '.join(map(repr, names[:2])) + ', …' * (len(names) != 2)
    outputs = ''.join(f', `{head}={len(names)}`' for head in heads)
    raise ValueError(
        f'{text}. Labels are counted over what the file has, so others would '
        f'be learned than are meant: set `metainfo=dict(classes=({setting}))`'
        f" of every data set, with the file's names{outputs}"
    )


def check_heads(heads: dict[str, int], classes: int, setting: str) -> None:
    """Find that a model has an output for every class, and no more.

    Args:
        heads: The number of classes of each head, by its setting.
        classes: How many the data have.
        setting: Which data.

    Raises:
        ValueError: Naming the first head that has not.
    """
    for head, count in heads.items():
        if count != classes:
            raise ValueError(
                f'`{head}` is {count}, and the data of `{setting}` have '
                f'{classes} classes; set it to {classes}'
            )
