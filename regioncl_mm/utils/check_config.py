"""Refuses a config's mistakes before anything is built."""

from __future__ import annotations

import inspect
import os.path as osp
from difflib import get_close_matches
from typing import Iterator

from mmengine.config import Config
from mmengine.registry import DATASETS, HOOKS, MODELS, TRANSFORMS
from mmengine.runner import Runner

# What tools read beside the Runner's own arguments.
_FURTHER_KEYS = (
    'auto_scale_lr',
    'compile',
    'custom_imports',
    'find_unused_parameters',
    'model_wrapper_cfg',
    'runner_type',
)
# Keys that mmengine takes out before it calls a class.
_RESERVED_KEYS = {'type', '_scope_'}

_HOW_TO_GET = dict(
    FashionMNIST='`python tools/get_fashion_mnist.py` fetches it; the '
    'environment variable DATA_ROOT names a copy at hand',
    ImageNet='get ILSVRC2012 from https://image-net.org and lay it out as '
    'data/imagenet/{train,val}/CLASS/IMAGE.JPEG, or link it there',
)


def check_config(cfg: Config) -> None:
    """Find misspelt keys and missing data folders.

    Raises:
        ValueError: Saying which key or folder, and what to do about it.
    """
    _check_top_level(cfg)
    _check_arguments(cfg)
    _check_data_folders(cfg)


def _check_top_level(cfg: Config) -> None:
    """Helper variables may have any name but one that looks like a typo."""
    known = [*inspect.signature(Runner).parameters, *_FURTHER_KEYS]
    for key in cfg:
        close = get_close_matches(key, known, n=1, cutoff=0.92)
        if close and key not in known:
            raise ValueError(
                f'unknown config key `{key}`; did you mean `{close[0]}`?'
            )


def _check_arguments(cfg: Config) -> None:
    """Keys of our own classes; the others' constructors name their own."""
    scope = cfg.get('default_scope', 'mmengine')
    for path, node in _dicts(cfg):
        cls = _find_class(node.get('type'), scope)
        if cls is None or not cls.__module__.startswith('regioncl_mm.'):
            continue
        known = _arguments(cls)
        for key in sorted(set(node) - known - _RESERVED_KEYS):
            close = get_close_matches(key, known, n=1)
            raise ValueError(
                f'unknown config key `{path}.{key}`; '
                + (
                    f'did you mean `{close[0]}`?'
                    if close
                    else f'{cls.__name__} takes {", ".join(sorted(known))}'
                )
            )


def _find_class(name, scope: str):
    if not isinstance(name, str):
        return None
    for root in (MODELS, HOOKS, TRANSFORMS, DATASETS):
        with root.switch_scope_and_registry(scope) as registry:
            found = registry.get(name)
        if inspect.isclass(found):
            return found
    return None


def _arguments(cls: type) -> set[str]:
    """Arguments of a class; those that a **catch-all passes on included."""
    names = set()
    for base in cls.__mro__:
        if '__init__' not in vars(base):
            continue
        parameters = inspect.signature(base.__init__).parameters.values()
        kinds = {p.kind for p in parameters}
        names |= {p.name for p in parameters} - {'self'}
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    return names


def _check_data_folders(cfg: Config) -> None:
    for path, node in _dicts(cfg):
        root = node.get('data_root')
        if not isinstance(root, str) or '://' in root or node.get('download'):
            continue
        folder = root
        if node.get('type') == 'ImageNet':
            folder = osp.join(root, node.get('split', ''))
        if not osp.isdir(folder):
            how = _HOW_TO_GET.get(
                node.get('type'),
                f'put the data there, or set `{path}.data_root`',
            )
            raise ValueError(f'data folder {folder} does not exist; {how}')


def _dicts(node, path: str = '') -> Iterator[tuple[str, dict]]:
    """All dicts with a ``type`` below a config, each with its path."""
    if isinstance(node, (dict, Config)):
        if isinstance(node, dict) and 'type' in node:
            yield path, node
        for key, value in node.items():
            yield from _dicts(value, f'{path}.{key}' if path else key)
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _dicts(value, f'{path}[{index}]')
