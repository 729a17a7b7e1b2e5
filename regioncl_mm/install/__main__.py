"""Install stages into the environment of this Python, from wheels alone.

pretraining: torch, mmpretrain and what they need; downstream: mmdet,
mmsegmentation, mmpose; developer: what tests and checks need.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from .packages import download_stages, install_stages
from .pip_calls import InstallError
from .requirements import STAGES


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m regioncl_mm.install', description=__doc__
    )
    parser.add_argument('stages', nargs='+', choices=STAGES)
    parser.add_argument(
        '--log',
        type=Path,
        default=Path(sys.prefix, 'install.log'),
        help="file for pip's output; default: %(default)s",
    )
    parser.add_argument(
        '--download',
        type=Path,
        metavar='FOLDER',
        help='put the wheels into a folder instead, for a machine without '
        'network',
    )
    parser.add_argument(
        '--passed',
        type=float,
        default=0,
        help='seconds that have passed before; times count from then',
    )
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    start = time.time() - args.passed

    def say(line: str) -> None:
        print(f'[{time.time() - start:4.0f} s] {line}', flush=True)

    try:
        if args.download:
            download_stages(args.stages, args.download, args.log)
        else:
            install_stages(args.stages, args.log, say)
    except (InstallError, OSError) as error:
        sys.exit(str(error))


if __name__ == '__main__':
    main()
