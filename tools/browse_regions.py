"""Draw what RegionCL makes of a config's own images.

One row an image: its two augmented views, the composite made of the first,
with the rectangle and the grid of cells, and the view the rectangle is from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tool_arguments import CfgOptions


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='pretraining config')
    parser.add_argument(
        '--out', type=Path, required=True, help='picture to write, .png'
    )
    parser.add_argument(
        '--num-images', type=int, default=4, help='images, at least 2'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=CfgOptions,
        metavar='KEY=VALUE',
        help='override settings of the config',
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    from regioncl_mm.cli.browse_regions import browse_regions

    browse_regions(args)


if __name__ == '__main__':
    main()
