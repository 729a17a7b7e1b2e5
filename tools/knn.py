"""Classify a config's test images by their nearest training images.

CHECKPOINT is what tools/transfer.py takes: a training checkpoint, an
extracted backbone, `random` or `supervised`. The images are those of the
config's `knn_memory_dataloader` and `knn_query_dataloader`, as pretraining
configs have them, else of its `train_dataloader` and `test_dataloader`, all by
the test pipeline. Features are extracted once and kept in the feature dir;
another k or vote is a matter of seconds. The work dir gets `results.json`.
"""

import argparse
import importlib.util
import sys
import time
from pathlib import Path

from mmengine.device import get_device
from mmengine.dist import is_main_process

from regioncl_mm.evaluation.feature_images import check_images
from regioncl_mm.evaluation.knn_accuracy import knn_accuracies
from regioncl_mm.transfer.arguments import (
    add_source_arguments,
    find,
    set_seed,
)
from regioncl_mm.transfer.features import FEATURE_DIR, both_features
from regioncl_mm.transfer.frozen import frozen_model
from regioncl_mm.transfer.prepare import find_parts
from regioncl_mm.transfer.results import make_results
from regioncl_mm.transfer.work_dir import (
    RESULTS,
    default_work_dir,
    write_json,
)
from regioncl_mm.utils import (
    add_run_arguments,
    init_processes,
    load_config,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config with images and a backbone')
    parser.add_argument(
        'checkpoint', help='a file, or `random`, or `supervised`'
    )
    add_run_arguments(
        parser,
        work_dir='folder for results.json; default: '
        'work_dirs/transfer/CONFIG/HASH OF THE BACKBONE',
    )
    add_source_arguments(parser)
    parser.add_argument(
        '--k', type=int, nargs='+', default=[20, 100], help='default: 20 100'
    )
    parser.add_argument(
        '--vote',
        choices=('weighted', 'majority'),
        default='weighted',
        help='a neighbour counts exp(similarity / temperature), or 1; '
        'default: %(default)s',
    )
    parser.add_argument(
        '--temperature',
        type=float,
        default=0.07,
        help='of the weighted vote; default: %(default)s',
    )
    parser.add_argument(
        '--backend',
        choices=('auto', 'torch', 'faiss'),
        default='auto',
        help='what searches; auto: faiss on the CPU, where it is installed',
    )
    parser.add_argument(
        '--feature-dir',
        type=Path,
        default=FEATURE_DIR,
        help='folder for features; default: %(default)s',
    )
    args = parser.parse_args()
    if min(*args.k, args.temperature) <= 0:
        parser.error('--k and --temperature must be positive')
    return args


def choose_backend(name: str) -> str:
    """Raises ValueError if it cannot be had."""
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


def prepare(args: argparse.Namespace) -> tuple:
    """The config, its source and what searches; nothing is built yet.

    Raises:
        OSError, ValueError: If anything is amiss.
    """
    backend = choose_backend(args.backend)
    cfg = load_config(args)
    check_images(cfg)
    find_parts(cfg)
    init_processes(cfg)
    source = find(args, cfg)
    set_seed(cfg)
    if not args.work_dir:
        seed = cfg.randomness.seed
        cfg.work_dir = str(default_work_dir(args.config, source, seed))
    return cfg, source, backend


def main() -> None:
    args = parse_args()
    start = time.monotonic()
    try:
        cfg, source, backend = prepare(args)
        model, verified = frozen_model(cfg, source, args.allow_partial)
        memory, queries = both_features(cfg, model, source, args.feature_dir)
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
    except (OSError, ValueError) as error:
        sys.exit(f'knn.py: {error}' if is_main_process() else 1)
    results = make_results(
        source,
        metrics,
        verified,
        cfg.randomness.seed,
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
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, results)
    for name, value in results['metrics'].items():
        print(f'  {name}  {value:.2f}')
    print(f'wrote {file}')


if __name__ == '__main__':
    main()
