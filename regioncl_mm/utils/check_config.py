"""Refuses a config's mistakes before anything is built."""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from typing import Any

from mmengine.config import Config
from mmengine.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
from mmengine.runner import Runner

from .check_data import check_data
from .walk import walk

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


def check_config(cfg: Config) -> None:
    """Find misspelt keys and missing data.

    Raises:
        ValueError: Saying which key, folder or file, and what to do about it.
    """
    _check_top_level(cfg)
    _check_arguments(cfg)
    _check_augmentation(cfg)
    # Variables that a config was written with are nobody's data.
    used = inspect.signature(Runner).parameters
    # What hooks look at comes after what is trained on.
    keys = sorted(cfg, key='custom_hooks'.__eq__)
    check_data(walk({key: cfg[key] for key in keys if key in used}))


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
    for path, node in walk(cfg):
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


def _check_augmentation(cfg: Config) -> None:
    """What workers leave to the device is passed on and done there."""
    nodes = [node for _, node in walk(cfg.get('train_dataloader') or {})]
    views = [x for x in nodes if x['type'] == 'FastMultiView']
    packs = [x for x in nodes if x['type'] == 'PackInputs']
    # As the Runner chooses: the model's own before that of the config.
    preprocessor = (cfg.get('model') or {}).get('data_preprocessor')
    preprocessor = preprocessor or cfg.get('data_preprocessor') or {}
    parts = {
        'FastMultiView with `on_device=True` in the training pipeline': any(
            x.get('on_device') for x in views
        ),
        "PackInputs with `algorithm_keys=('augmentation',)` there": any(
            'augmentation' in x.get('algorithm_keys', ()) for x in packs
        ),
        '`data_preprocessor` AugmentingDataPreprocessor': (
            preprocessor.get('type') == 'AugmentingDataPreprocessor'
        ),
    }
    if len(set(parts.values())) > 1:
        raise ValueError(
            'augmentation on the device needs three things together, and '
            + '; '.join(
                f'{name} is {"there" if found else "missing"}'
                for name, found in parts.items()
            )
        )


def _find_class(name: Any, scope: str) -> type | None:
    """The class that a config's ``type`` names, whatever its registry."""
    if not isinstance(name, str) or not name:
        return None
    for root in (MODELS, HOOKS, TRANSFORMS, DATASETS, METRICS):
        with root.switch_scope_and_registry(scope) as registry:
            found = registry.get(name)
        if inspect.isclass(found):
            return found
    return None


def _arguments(cls: type) -> set[str]:
    """Arguments of a class; those that a **catch-all passes on included."""
    names: set[str] = set()
    for base in cls.__mro__:
        if '__init__' not in vars(base):
            continue
        signature = inspect.signature(vars(base)['__init__'])
        parameters = signature.parameters.values()
        kinds = {p.kind for p in parameters}
        names |= {p.name for p in parameters} - {'self'}
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    return names
