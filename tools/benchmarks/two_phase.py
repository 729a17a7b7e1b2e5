"""What two-phase backward saves: peak memory of a step, before and after.

RegionCL-M of the paper's config, channels last. The gradients of one phase
and of two are compared first, bit by bit.
"""

import argparse


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        '--batch',
        type=int,
        nargs='+',
        help='images of each step; default: 128 on a GPU, else 8 and 16',
    )
    add('--size', type=int, default=224, help='pixels of a side')
    add('--queue', type=int, default=65536)
    add('--depth', type=int, default=50, choices=(18, 34, 50), help='ResNet')
    add('--precision', choices=('float32', 'bfloat16'), default='float32')
    add('--device', help='default: cuda if there is a GPU, else cpu')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.two_phase import run

    run(args)


if __name__ == '__main__':
    main()
