"""Put CIFAR-10 where the configs in configs/cifar10 look for it.

From the first source that has it: a folder named by the environment variable
DATA_ROOT (pictures in train/CLASS and test/CLASS, or the official archive,
unpacked), mmpretrain's own download of that archive.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--out', type=Path, default=Path('data/cifar10'))
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.datasets.cifar10 import fetch_cifar10
    from regioncl_mm.utils.errors import disk_full_ends, exit_with_message

    program = 'get_cifar10.py'
    with exit_with_message(program, ValueError), disk_full_ends(
        program, args.out
    ):
        folder = fetch_cifar10(args.out, os.environ.get('DATA_ROOT'))
    print('CIFAR-10 is in', folder)


if __name__ == '__main__':
    main()
