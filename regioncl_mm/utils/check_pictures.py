"""Folders and lists of pictures, before a data set is made of them."""

from __future__ import annotations

import os
import os.path as osp

from .check_lists import check_list, names_in
from .files_below import files_below

# Classes of mmpretrain's that read the pictures of folders, or of a list.
PICTURES = ('CustomDataset', 'ImageNet')
# What they read unless `extensions` says otherwise.
EXTENSIONS = ('.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif')
IMAGENET_CLASSES = 1000
_AT_MOST = 5  # names in a message


def kind_of(node: dict) -> str:
    """The class that a config names, without its scope."""
    return str(node.get('type')).split('.')[-1]


def check_pictures(path: str, node: dict) -> None:
    """Find that a data set of pictures has some, and all that it lists.

    Args:
        path: Where the config of the data set is.
        node: The config, of a data set that is on this machine; its folders
            and its list are there.

    Raises:
        ValueError: Naming folder, or list and line.
    """
    folder, listed = places(node)
    if not osp.isdir(folder):
        return
    if listed:
        check_list(listed, folder, node.get('with_label', True))
    else:
        check_folder(path, node, folder)


def places(node: dict) -> tuple[str, str]:
    """The folder of a data set's pictures, and the list of them or ``''``."""
    root, split = node.get('data_root') or '', node.get('split') or ''
    prefix = node.get('data_prefix') or ''
    if isinstance(prefix, dict):
        prefix = prefix.get('img_path') or ''
    listed = node.get('ann_file') or ''
    if kind_of(node) == 'ImageNet' and split:
        prefix = prefix or split
        implied = osp.join('meta', f'{split}.txt')
        if not listed and osp.exists(osp.join(root, implied)):
            listed = implied
    folder = osp.expanduser(osp.join(root, prefix))
    return folder, listed and osp.expanduser(osp.join(root, listed))


def check_folder(path: str, node: dict, folder: str) -> None:
    """Find that there are pictures, in folders of classes if labels are read.

    Raises:
        ValueError: Naming the folder, and what is in it.
    """
    labelled = node.get('with_label', True) and node.get('split') != 'test'
    extensions = tuple(x.lower() for x in node.get('extensions') or EXTENSIONS)
    classes = sorted(x.name for x in os.scandir(folder) if x.is_dir())
    searched = [osp.join(folder, x) for x in classes] if labelled else [folder]
    if not any(has_picture(x, extensions) for x in searched):
        raise ValueError(
            f'{folder}, which `{path}` names, has no picture'
            + (' in a folder of a class' if labelled else '')
            + f'; looked for are files that end with {", ".join(extensions)}. '
            f'Set `{path}.extensions` for others'
            + (
                ', or `with_label=False` where no labels are needed'
                if labelled
                else ''
            )
        )
    if kind_of(node) == 'ImageNet' and labelled:
        check_thousand(node, folder, classes)


def has_picture(folder: str, extensions: tuple[str, ...]) -> bool:
    """Whether there is a file to be read, at any depth."""
    return any(
        file.name.lower().endswith(extensions)
        for file in files_below(folder, hidden_folders=True)
    )


def check_thousand(node: dict, folder: str, classes: list[str]) -> None:
    """Find that ImageNet has a folder for each class, as mmpretrain wants it.

    Raises:
        ValueError: Naming the folders that are missing, if another split has
            them.
    """
    meta = (node.get('metainfo') or {}).get('classes')
    named = node.get('classes') or meta
    count = IMAGENET_CLASSES if named is None else len(named)
    if isinstance(named, str) or len(classes) == count:
        return
    root, split = node.get('data_root') or '', node.get('split') or ''
    other = osp.join(root, dict(train='val', val='train').get(split, ''))
    lacking = sorted(names_in(other) - set(classes)) if split else []
    listed = ', '.join(lacking[:_AT_MOST]) + ', …' * (len(lacking) > _AT_MOST)
    raise ValueError(
        f'{folder} has {len(classes):,} folders of classes, and '
        f'{count:,} are needed'
        + (f'; {listed} of {other} are missing' if lacking else '')
        + '. Of data with other classes `python tools/check_data.py imagenet '
        f'{root} --write-lists` makes lists, by which they can be read'
    )
