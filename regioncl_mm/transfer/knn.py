"""Nearest neighbours, from the command line to ``results.json``."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import time
from pathlib import Path

from mmengine.device import get_device
from mmengine.dist import is_main_process

from ..evaluation.dataloaders import KEYS, check_images
from ..evaluation.knn_accuracy import knn_accuracies
from ..utils import from_main_process, init_processes, load_config
from ..utils.errors import disk_full_ends, exit_with_message
from ..utils.files import write_json
from .features import train_and_test_features
from .frozen import frozen_model
from .prepare import backbone_configs, set_default_seed
from .results import make_results
from .source import find_source
from .work_dir import RESULTS, check_no_training, default_work_dir


def classify_by_neighbours(args: argparse.Namespace) -> None:
    """Write the accuracies of a checkpoint's features to ``results.json``.

    Args:
        args: What tools/knn.py parsed.

    Raises:
        SystemExit: If anything is amiss; with one message.
    """
    start = time.monotonic()
    with exit_with_message('knn.py', OSError, ValueError):
        backend = choose_backend(args.backend)
        cfg = load_config(args, KEYS)
        check_images(cfg)
        backbone_configs(cfg)  # there must be a backbone
        init_processes(cfg)
        source = find_source(
            args.checkpoint,
            cfg,
            args.backbone_dir,
            args.encoder,
            args.trust_checkpoint,
            args.method,
        )
        seed = set_default_seed(cfg)
        if not args.work_dir:
            folder = default_work_dir(args.config, source, seed)
            cfg.work_dir = f'{folder}{suffix(args)}'
        from_main_process(lambda: check_no_training(Path(cfg.work_dir)))
        model, verified = frozen_model(cfg, source, args.allow_partial)
        memory, queries = train_and_test_features(
            cfg, model, source, args.feature_dir, args.k
        )
        if not is_main_process():
            return
        metrics = knn_accuracies(
            memory,
            queries,
            args.k,
            args.temperature,
            args.vote == 'weighted',
            backend,
        )
    results = make_results(
        source,
        metrics,
        verified,
        seed,
        time.monotonic() - start,
        config=args.config,
        name=Path(args.config).stem,
        cfg_options=args.cfg_options or {},
        knn=dict(
            vote=args.vote,
            temperature=args.temperature,
            backend=backend,
            memory=len(memory.values),
            queries=len(queries.values),
        ),
    )
    file = Path(cfg.work_dir, RESULTS)
    with disk_full_ends('knn.py', file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, results)
    for name, value in results['metrics'].items():
        print(f'  {name}  {value:.2f}')
    print(f'wrote {file}')


def suffix(args: argparse.Namespace) -> str:
    """What a folder's name ends with, such as ``-knn20-100-weighted0.07``.

    The folder is neither a training's nor that of other numbers: with
    ``--cfg-options`` there is a hash of them, such as ``-options1f0a6c2e``.
    """
    ks = '-'.join(map(str, args.k))
    temperature = f'{args.temperature:g}' if args.vote == 'weighted' else ''
    name = f'-knn{ks}-{args.vote}{temperature}'
    options = dict(args.cfg_options or {})
    options.pop('randomness.seed', None)  # in the name's beginning
    if not options:
        return name
    text = json.dumps(options, sort_keys=True, default=str)
    return f'{name}-options{hashlib.sha256(text.encode()).hexdigest()[:8]}'


def choose_backend(name: str) -> str:
    """What searches, where the user leaves it to the machine.

    Raises:
        ValueError: If it cannot be had.
    """
    installed = importlib.util.find_spec('faiss') is not None
    if name == 'auto':
        on_cpu = get_device() == 'cpu'
        return 'faiss' if installed and on_cpu else 'torch'
    if name == 'faiss' and not installed:
        raise ValueError(
            'faiss is not installed: `pip install faiss-cpu`, or leave out '
            '--backend'
        )
    return name
