"""One move of a ResNet-50's momentum encoder: three ways, in turns.

The authors' code replaces each parameter by a new tensor, mmengine's moves one
after the other in place, the library's moves all by one call.
"""

import argparse


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--repeats', type=int, default=20)
    add('--device', help='default: cuda if there is a GPU, else cpu')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.momentum_encoder import run

    run(args)


if __name__ == '__main__':
    main()
