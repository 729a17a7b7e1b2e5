"""The paper's ablations (Tables 9, 10 and 14) at the size of one machine.

Pretrains every variant of RegionCL-M on Fashion-MNIST with the quickstart's
network, as many steps each, and prints how far each is from MoCo v2 beside
how far it is in the paper. Runs that are finished are kept: the same command
goes on after an interruption. With two CPU cores a run takes about 4 minutes,
two at a time; there are 11 for each seed.

in the work dir:
  VARIANT/seedN/results.json   metrics, settings, versions of a run
  mini_ablation.md             the tables
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from get_fashion_mnist import get as get_fashion_mnist  # noqa: E402

from regioncl_mm.cli.mini_ablation.evaluate import evaluate  # noqa: E402
from regioncl_mm.cli.mini_ablation.notes import notes  # noqa: E402
from regioncl_mm.cli.mini_ablation.results import read  # noqa: E402
from regioncl_mm.cli.mini_ablation.tables import as_markdown  # noqa: E402
from regioncl_mm.cli.mini_ablation.variants import BASE, VARIANTS, plan  # noqa: E402
from regioncl_mm.cli.quickstart.arguments import positive  # noqa: E402
from regioncl_mm.cli.quickstart.launch import run_side_by_side  # noqa: E402
from regioncl_mm.cli.quickstart.runs import ROOT  # noqa: E402

FEW = 3  # seeds; fewer say nothing


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--seeds',
        type=positive,
        default=FEW,
        metavar='N',
        help='runs of each variant; default: %(default)s, and fewer say '
        'little',
    )
    parser.add_argument(
        '--epochs',
        type=positive,
        default=6,
        help='of 10,000 images; default: %(default)s',
    )
    parser.add_argument(
        '--variants',
        nargs='+',
        choices=list(VARIANTS),
        default=list(VARIANTS),
        help='default: all; MoCo v2 is always among them',
    )
    parser.add_argument(
        '--jobs',
        type=positive,
        default=len(os.sched_getaffinity(0)),
        metavar='J',
        help='runs at a time, with one thread each; default: one a CPU core',
    )
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=ROOT / 'work_dirs' / 'mini_ablation',
        help='default: work_dirs/mini_ablation',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='settings of all runs, as of tools/train.py',
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    work_dir = args.work_dir.resolve()
    data = get_fashion_mnist(
        ROOT / 'data' / 'fashion-mnist', os.environ.get('DATA_ROOT')
    )
    os.environ['DATA_ROOT'] = str(data.resolve())
    names = [x for x in VARIANTS if x in (BASE, *args.variants)]
    runs = plan(names, args.seeds, args.epochs, work_dir, args.cfg_options)
    start = time.monotonic()
    print(
        f'{len(runs)} runs, {args.jobs} at a time with one thread each '
        '(OMP_NUM_THREADS=1):'
    )
    _, failed = run_side_by_side(runs, True, args.jobs)
    trained = [run for run in runs if run not in failed]
    failed += evaluate(trained, args.jobs)
    results = read(trained)
    command = ' '.join(['python tools/mini_ablation.py', *sys.argv[1:]])
    text = as_markdown(
        results, notes(results, args.seeds, args.epochs, command)
    )
    (work_dir / 'mini_ablation.md').write_text(text, encoding='utf-8')
    print('', text, f'wrote {work_dir / "mini_ablation.md"}', sep='\n')
    print(f'{(time.monotonic() - start) / 60:.1f} minutes')
    if failed:
        sys.exit(
            f'{len(failed)} of {len(runs)} runs failed, as said above. The '
            'same command repeats only these.'
        )


if __name__ == '__main__':
    # A stopped ablation leaves no training behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit('\nStopped; the same command goes on from here.')
