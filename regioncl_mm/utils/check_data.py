"""Names missing data before anything is built."""

from __future__ import annotations

import os.path as osp
from typing import Any, Iterable

from .check_pictures import PICTURES, check_pictures, kind_of

HOW_TO_GET = dict(
    FashionMNIST='`python tools/get_fashion_mnist.py` fetches it; the '
    'environment variable DATA_ROOT names a copy at hand',
    ImageNet='get ILSVRC2012 from https://image-net.org and lay it out as '
    'data/imagenet/{train,val}/CLASS/IMAGE.JPEG, or link it there',
    ReaLAccuracy='get real.json from github.com/google-research/'
    'reassessed-imagenet, or do without: `--cfg-options '
    'test_evaluator.1.label_file=None`',
)
LISTS = '`python tools/make_subset.py` makes it; see its --help'
DOWNSTREAM = (
    'docs/data.md says where it is from, and how to make toy data in its place'
)


def check_data(nodes: Iterable[tuple[str, dict]]) -> None:
    """Find the first folder or file that data sets and metrics lack.

    Args:
        nodes: Dicts of a config with a ``type``, each with its path.

    Raises:
        ValueError: Naming it, the setting, and what to do.
    """
    seen = set()  # a long list is read once
    for path, node in nodes:
        root = node.get('data_root')
        if node.get('download') or (isinstance(root, str) and '://' in root):
            continue
        if isinstance(root, str) and root:
            folder = root
            if kind_of(node) == 'ImageNet':
                folder = osp.join(root, node.get('split', ''))
            if not osp.isdir(folder):
                raise ValueError(
                    f'data folder {folder} does not exist; '
                    + how_to_get(node, f'{path}.data_root')
                )
        for key, place in parts(node):
            if not osp.exists(place):
                raise ValueError(
                    f'{place} does not exist, which `{path}.{key}` names; '
                    + how_to_get(node, f'{path}.{key}')
                )
        if kind_of(node) in PICTURES:
            images = str({**node, 'pipeline': None})
            if images not in seen:
                check_pictures(path, node)
            seen.add(images)


def parts(node: dict) -> list[tuple[str, str]]:
    """Files and folders of a data set or metric, by their setting."""
    root, prefix = node.get('data_root') or '', node.get('data_prefix')
    below_root: list[tuple[str, Any]] = [('ann_file', node.get('ann_file'))]
    if isinstance(prefix, dict):
        below_root += [(f'data_prefix.{k}', v) for k, v in prefix.items()]
    else:
        below_root.append(('data_prefix', prefix))
    found = [(k, osp.join(root, v)) for k, v in below_root if is_path(v)]
    for key in ('bbox_file', 'seg_prefix', 'label_file', 'list_file'):
        if is_path(node.get(key)):
            found.append((key, node[key]))
    return found


def is_path(value: Any) -> bool:
    """Whether a setting names a file or folder of this machine."""
    return isinstance(value, str) and bool(value) and '://' not in value


def how_to_get(node: dict, setting: str) -> str:
    """What a user who lacks a data set can do."""
    kind, key = kind_of(node), setting.split('.')[-1]
    if key == 'list_file' or (kind == 'ImageNet' and key == 'ann_file'):
        advice = LISTS
    else:
        advice = HOW_TO_GET.get(kind, DOWNSTREAM)
    if setting.startswith('custom_hooks'):
        return (
            f'it is not what is trained on: `{setting}` names it, for a hook '
            'that looks at images of its own. Let that be labelled images '
            'that you have, or take the hook out of `custom_hooks`; or '
            + advice
        )
    return f'{advice}; or set `{setting}`'
