"""Seconds to save a checkpoint whole, beside writing it in place.

The checkpoint of RegionCL-M: ResNet-50, its momentum encoder, the queue and
the optimizer's momentum. In turns: as mmengine writes it, over the file before
it, and flushed to the disk; and as the library does, under another name,
flushed, renamed, and the folder flushed.
"""

import argparse


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--config', help="a pretraining config; default: the paper's main run")
    add('--folder', help='where to write; default: a temporary folder')
    add('--repeats', type=int, default=10)
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.saving import run

    run(args)


if __name__ == '__main__':
    main()
