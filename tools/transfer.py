"""Train and test a downstream config from a pretrained backbone.

CHECKPOINT is a training checkpoint or an extracted backbone; whatever
tools/extract_backbone.py reads. Two words stand for one: `random` trains the
same config without pretrained weights, `supervised` from torchvision's
ImageNet classifier.

Before the first step every tensor of the model's backbone is compared with
the checkpoint's, and nothing is trained if they differ. The work dir gets
`results.json` at the end.
"""

import argparse
import sys
from pathlib import Path

from mmengine.dist import is_main_process

from regioncl_mm.transfer import BackboneMismatchError
from regioncl_mm.transfer.arguments import (
    add_source_arguments,
    find,
    set_seed,
)
from regioncl_mm.transfer.cached_linear import (
    PROTOCOL,
    check_linear,
    run_cached,
)
from regioncl_mm.transfer.features import FEATURE_DIR
from regioncl_mm.transfer.prepare import (
    find_parts,
    keep_apart,
    set_backbone,
)
from regioncl_mm.transfer.run import run
from regioncl_mm.transfer.work_dir import (
    RESULTS,
    claim,
    default_work_dir,
    finished,
    make_record,
    trained_checkpoint,
)
from regioncl_mm.utils import (
    add_run_arguments,
    check_config,
    from_main_process,
    init_processes,
    load_config,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config of a downstream task')
    parser.add_argument(
        'checkpoint', help='a file, or `random`, or `supervised`'
    )
    add_run_arguments(
        parser,
        work_dir='folder for logs, checkpoints and results.json; default: '
        'work_dirs/transfer/CONFIG/HASH OF THE BACKBONE',
    )
    parser.add_argument(
        '--resume',
        action='store_true',
        help='go on with an interrupted run; one that has not begun begins, '
        'one that is finished is left as it is',
    )
    parser.add_argument(
        '--test-only',
        action='store_true',
        help="test the work dir's best checkpoint, or its latest; train "
        'nothing',
    )
    parser.add_argument(
        '--test-before',
        action='store_true',
        help='test before the first step, too',
    )
    parser.add_argument(
        '--cached-features',
        action='store_true',
        help='for linear classification: train on features of one centre '
        "crop an image; quick, and not the paper's protocol",
    )
    parser.add_argument(
        '--feature-dir',
        type=Path,
        default=FEATURE_DIR,
        help='folder for --cached-features; default: %(default)s',
    )
    add_source_arguments(parser)
    args = parser.parse_args()
    if args.cached_features and (args.test_only or args.test_before):
        parser.error('--cached-features goes with no --test option')
    return args


def prepare(args: argparse.Namespace) -> tuple:
    """The config to run, its source and its record; nothing is built yet.

    Raises:
        OSError, ValueError: If anything is amiss.
    """
    cfg = load_config(args)
    check_config(cfg)
    find_parts(cfg)
    if args.cached_features:
        check_linear(cfg)
    init_processes(cfg)
    source = find(args, cfg)
    if not args.cached_features:
        set_backbone(cfg, source.path, args.allow_partial)
    set_seed(cfg)
    seed = cfg.randomness.seed
    if not args.work_dir:
        cfg.work_dir = str(default_work_dir(args.config, source, seed))
        cfg.work_dir += '-cached' if args.cached_features else ''
    record = make_record(
        args.config, args.cfg_options, source, seed, args.allow_partial
    )
    if args.cached_features:
        record['protocol'] = PROTOCOL
    keep_apart(cfg)
    if args.test_only:
        cfg.load_from = trained_checkpoint(Path(cfg.work_dir))
    cfg.resume = args.resume and not args.test_only
    go_on = args.resume or args.test_only
    from_main_process(lambda: claim(Path(cfg.work_dir), record, go_on))
    return cfg, source, record


def describe(results: dict) -> str:
    """Metrics, with those before training where they are known."""
    before = results['metrics_before'] or {}
    width = max(map(len, results['metrics']), default=0)
    lines = []
    for name, value in results['metrics'].items():
        text = 'none' if value is None else f'{value:.4g}'
        if before.get(name) is not None:
            text = f'{before[name]:.4g} -> {text}'
        lines.append(f'  {name:{width}}  {text}')
    return '\n'.join(lines)


def evaluate(args, cfg, source, about: dict) -> dict:
    if not args.cached_features:
        return run(cfg, source, args.test_only, args.test_before, **about)
    if is_main_process():
        print(f'Quick look: {PROTOCOL}.', flush=True)
    return run_cached(
        cfg, source, args.feature_dir, args.allow_partial, **about
    )


def stop(error: Exception) -> None:
    """End all processes, with one message."""
    sys.exit(f'transfer.py: {error}' if is_main_process() else 1)


def main() -> None:
    args = parse_args()
    try:
        cfg, source, record = prepare(args)
        file = Path(cfg.work_dir, RESULTS)
        results = finished(file.parent, record) if args.resume else None
    except (OSError, ValueError) as error:
        stop(error)
    outcome = f'finished before: {file}'
    if results is None:
        about = dict(
            config=args.config,
            name=record['config'],
            cfg_options=record['cfg_options'],
        )
        outcome = f'wrote {file}'
        try:
            results = evaluate(args, cfg, source, about)
        except BackboneMismatchError as error:
            stop(error)
    if is_main_process():
        print(describe(results), outcome, sep='\n')


if __name__ == '__main__':
    main()
