"""The contrast with a queue: one pass, beside the plain formula.

Query, canvas and paste of a batch against the same queue, forward and
backward: by torch's cross-entropy of all logits, three times, as the released
code does it; and by the library's single pass. Both are timed in turns, after
loss and gradients have been compared.
"""

import argparse
import sys


def parse_args(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--rows', type=int, default=32, help='a view')
    add('--queue', type=int, default=65536)
    add('--dim', type=int, default=128)
    add('--repeats', type=int, default=20)
    add('--device', help='default: cuda if there is a GPU, else cpu')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    from regioncl_mm.benchmarks.loss_head import run

    try:
        run(args)
    except ValueError as error:
        sys.exit(f'loss_head.py: {error}')


if __name__ == '__main__':
    main()
