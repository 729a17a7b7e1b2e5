"""Data loaders of configs that have a config of mmpretrain as their base.

``_base_ = 'mmpretrain::…'`` writes ``_scope_`` into every dict with a type.
mmengine 0.10.7 gives all that is in ``collate_fn`` to the function, which
knows no such argument, so that no config of self-supervised learning could
be inherited. And torch refuses ``persistent_workers=True``, which these have,
without workers.
"""

from __future__ import annotations

import inspect
from functools import wraps
from typing import Any

from mmengine.runner import Runner


def needed() -> bool:
    return '_scope_' not in inspect.getsource(Runner.build_dataloader)


def apply() -> None:
    original = Runner.build_dataloader

    @wraps(original)
    def build_dataloader(dataloader, *args, **kwargs):
        # A loader that is built already is returned as it is.
        if isinstance(dataloader, dict):
            dataloader = mended(dataloader)
        return original(dataloader, *args, **kwargs)

    Runner.build_dataloader = staticmethod(build_dataloader)  # type: ignore


def mended(config: dict[str, Any]) -> dict[str, Any]:
    """A data loader's config without what nothing takes."""
    found = dict(config)
    collate = found.get('collate_fn')
    if isinstance(collate, dict):
        found['collate_fn'] = {
            key: value for key, value in collate.items() if key != '_scope_'
        }
    if not found.get('num_workers') and found.get('persistent_workers'):
        del found['persistent_workers']
    return found
