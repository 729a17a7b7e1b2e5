"""The config of a training on a folder of pictures."""

from __future__ import annotations

import copy
import inspect
from typing import Any

from mmengine.runner import Runner

from .classes import Labelled
from .data import Files, knn_dataloaders, train_dataloader
from .machine import Machine
from .numbers import Numbers
from .recipes import Recipe

LOGGED = 10  # at most so many steps between two lines of the log
CHECKPOINTS = 10  # over the whole run


def make_config(
    model: dict[str, Any],
    recipe: Recipe,
    numbers: Numbers,
    machine: Machine,
    files: Files,
    labelled: Labelled | None,
) -> dict[str, Any]:
    """The whole config, without bases and variables."""
    cfg = recipe.cfg.to_dict()
    runners = inspect.signature(Runner).parameters
    found = {key: x for key, x in cfg.items() if key in runners and x}
    each = numbers.batch // machine.processes
    found.update(
        custom_imports=cfg['custom_imports'],
        model=model,
        data_preprocessor=cfg['data_preprocessor'],
        train_dataloader=train_dataloader(cfg, numbers, machine, files, each),
        optim_wrapper=optim_wrapper(recipe, numbers, machine),
        param_scheduler=schedule(recipe, numbers),
        train_cfg={**cfg['train_cfg'], 'max_epochs': numbers.epochs},
        auto_scale_lr=dict(base_batch_size=numbers.batch, enable=False),
        randomness={**cfg['randomness'], 'seed': numbers.seed},
    )
    hooks = found['default_hooks'] = copy.deepcopy(cfg['default_hooks'])
    hooks['logger']['interval'] = max(1, min(LOGGED, numbers.steps))
    hooks['checkpoint']['interval'] = max(1, numbers.epochs // CHECKPOINTS)
    custom = [fit_hook(x, numbers) for x in cfg['custom_hooks']]
    found['custom_hooks'] = [x for x in custom if x['type'] != 'KNNHook']
    if labelled:
        loaders = knn_dataloaders(cfg, numbers, files, each, labelled)
        found.update(loaders)
        found['custom_hooks'].append(
            dict(
                type='KNNHook',
                memory_dataloader=loaders['knn_memory_dataloader'],
                query_dataloader=loaders['knn_query_dataloader'],
                k=(labelled.neighbours,),
                interval=hooks['checkpoint']['interval'],
                at_start=True,
            )
        )
    return found


def optim_wrapper(
    recipe: Recipe, numbers: Numbers, machine: Machine
) -> dict[str, Any]:
    """The recipe's optimizer, at the rate and in what the machine has."""
    wrapper = recipe.schedule.optim_wrapper.to_dict()
    wrapper['optimizer']['lr'] = numbers.rate
    fixed = recipe.cfg.optim_wrapper.to_dict().get('paramwise_cfg', {})
    if 'predictor' in fixed.get('custom_keys', {}):  # SimSiam's, for its hook
        paramwise = wrapper.setdefault('paramwise_cfg', {})
        paramwise.setdefault('custom_keys', {})['predictor'] = dict(
            fix_lr=True
        )
    wrapper.pop('loss_scale', None)
    wrapper['type'] = 'OptimWrapper'
    if machine.bfloat16:
        wrapper['type'] = 'BFloat16OptimWrapper'
    return wrapper


def schedule(recipe: Recipe, numbers: Numbers) -> list[dict[str, Any]]:
    """The recipe's warm-up and cosine, in proportion to the epochs.

    A run of a few epochs has their parts: the rate changes every step.
    """
    usual = [x.to_dict() for x in recipe.schedule.param_scheduler]
    epochs = numbers.epochs
    share = epochs / recipe.schedule.train_cfg.max_epochs
    found = []
    warm = 0
    for part in usual:
        part.update(convert_to_iter_based=True)
        if part['type'] == 'LinearLR':
            # A tenth at most: the rest is for learning.
            warm = min(max(1, round(share * part['end'])), epochs // 10)
            part.update(begin=0, end=warm)
            if warm:
                found.append(part)
        else:
            low = part.get('eta_min', 0)
            if low:
                highest = recipe.schedule.optim_wrapper.optimizer.lr
                part['eta_min'] = low / highest * numbers.rate
            begin = warm if part['begin'] else 0  # MoBY's spans the warm-up
            part.update(T_max=epochs - begin, begin=begin, end=epochs)
            found.append(part)
    return found


def fit_hook(hook: dict[str, Any], numbers: Numbers) -> dict[str, Any]:
    """A hook of the recipe's with the numbers of this run."""
    hook = dict(hook)
    if hook['type'] == 'SimSiamHook':
        hook['lr'] = numbers.rate
    elif hook['type'] == 'DenseCLHook':
        total = numbers.epochs * numbers.steps
        hook['start_iters'] = min(hook['start_iters'], total // 10)
    return hook
