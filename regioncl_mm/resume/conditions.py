"""What decides a run, as its checkpoints keep it."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import Any

import numpy as np
from mmengine.dist import get_world_size
from mmengine.model import is_model_wrapper
from torch.utils.data import DataLoader

from ..optim.wrappers import has_one_optimizer

# Where initial weights come from is over when a run is resumed.
_WEIGHTS = ('init_cfg', 'pretrained')
# So many samples stand for a data set.
_SAMPLES = 64


def conditions_of(runner) -> dict[str, Any]:
    """What decides a run that is about to train, in numbers and text.

    ``batch_size`` is of a process, ``accumulation`` counts the steps of an
    update, ``model`` has the model's settings by their dotted names, and
    ``files`` is a :func:`digest`.
    """
    model, wrapper = runner.model, runner.optim_wrapper
    loader = runner.train_dataloader
    single = has_one_optimizer(wrapper)
    return dict(
        algorithm=type(
            model.module if is_model_wrapper(model) else model
        ).__name__,
        model=settings(runner.cfg.get('model') or {}),
        batch_size=loader.batch_size
        or getattr(loader.batch_sampler, 'batch_size', 1),
        processes=get_world_size(),
        accumulation=wrapper._accumulative_counts if single else 1,
        steps_per_epoch=len(loader),
        max_epochs=runner.max_epochs,
        max_iters=runner.max_iters,
        optimizer=_kind(wrapper.optimizer) if single else 'several',
        param_scheduler=json.dumps(
            runner.cfg.get('param_scheduler'), sort_keys=True, default=str
        ),
        images=len(loader.dataset),
        files=digest(loader),
    )


def _kind(optimizer: Any) -> str:
    """The class whose state an optimizer has."""
    return getattr(optimizer, 'state_of', type(optimizer)).__name__


def settings(config: Any, prefix: str = '') -> dict[str, str]:
    """The settings of a config by their dotted names, as text."""
    if isinstance(config, dict):
        items = [(k, v) for k, v in config.items() if k not in _WEIGHTS]
    elif isinstance(config, (list, tuple)):
        items = list(enumerate(config))
    else:
        return {prefix: str(config)}
    found = {}
    for key, value in items:
        found.update(
            settings(value, f'{prefix}.{key}' if prefix else str(key))
        )
    return found


def digest(loader: DataLoader) -> str:
    """A digest of some samples of a data set, evenly spread.

    Of a file its name and folder count, for data may be moved; of an image
    that is in memory its bytes. It is empty where a data set tells nothing of
    its samples.
    """
    data_set: Any = loader.dataset
    if not hasattr(data_set, 'get_data_info'):
        return ''
    count = len(data_set)
    state = hashlib.sha256()
    for i in sorted({i * count // _SAMPLES for i in range(_SAMPLES)}):
        info = data_set.get_data_info(i)
        if isinstance(info, dict) and 'img_path' in info:
            state.update(
                '/'.join(PurePath(info['img_path']).parts[-2:]).encode()
            )
        elif isinstance(info, dict) and isinstance(
            info.get('img'), np.ndarray
        ):
            state.update(info['img'].tobytes())
    return state.hexdigest()[:16]
