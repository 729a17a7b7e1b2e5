"""Whether a long run stays as large and as fast as it began.

Trains the quickstart's RegionCL-M on noise, in several processes with workers
that load for them, with validation and checkpoints now and then; looks at
memory, shared memory, open files, threads and steps; and compares the first
third of the time after the warm-up with the last. Ends with status 1 if
anything has changed by more than 2 %.

    python tools/benchmarks/soak.py --minutes 60 --json soak.json
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--config', type=Path, help="default: the quickstart's RegionCL-M")
    add('--minutes', type=float, default=60)
    add('--warmup', type=float, default=2, help='minutes not compared')
    add('--every', type=float, default=5, help='seconds between two looks')
    add('--processes', type=int, default=2)
    add('--workers', type=int, default=1, help='of each process')
    add('--json', type=Path, help='write settings and samples to this file')
    add(
        '--work-dir',
        type=Path,
        default=Path('work_dirs', 'soak'),
        help='default: %(default)s',
    )
    add('--cfg-options', nargs='+', default=[])
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    if sys.platform != 'linux':
        sys.exit('soak.py reads /proc, which Linux alone has')
    from regioncl_mm.benchmarks.soak.run import run

    try:
        flat = run(args)
    except (RuntimeError, ValueError) as error:
        sys.exit(f'soak.py: {error}')
    if not flat:
        sys.exit(1)


if __name__ == '__main__':
    main()
