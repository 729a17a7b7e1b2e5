"""Put Fashion-MNIST where the quickstart configs look for it.

From the first source that has it: a folder named by the environment variable
DATA_ROOT, Debian's package ``dataset-fashion-mnist`` (installed, or fetched
and unpacked without installing), mmpretrain's own download.
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
    parser.add_argument('--out', type=Path, default=Path('data/fashion-mnist'))
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.datasets.fashion_mnist import fetch_fashion_mnist

    folder = fetch_fashion_mnist(args.out, os.environ.get('DATA_ROOT'))
    print('Fashion-MNIST is in', folder)


if __name__ == '__main__':
    main()
