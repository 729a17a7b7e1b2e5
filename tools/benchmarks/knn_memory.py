"""How much memory the kNN search over ImageNet's features takes.

Writes random features of the size of ImageNet's training set and ResNet-50
(1,281,167 x 2,048 float32, 10.5 GB; removed at the end), maps the file as
tools/knn.py does, and finds the neighbours of some queries. Memory does not
depend on how many queries there are, as long as similarities of them to one
row at least are held at a time; the time does.

Resident memory is told apart: anonymous memory has to fit into the machine,
pages of the file are the system's to drop.
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
    add('--memory', type=int, default=1281167)
    add('--dim', type=int, default=2048)
    add('--queries', type=int, default=512)
    add('--k', type=int, default=100)
    add('--backend', choices=('torch', 'faiss'), default='torch')
    add('--folder', type=Path, default='.', help='with room for the file')
    return parser.parse_args(argv)


def main(argv=None) -> None:
    args = parse_args(argv)
    if sys.platform != 'linux':
        sys.exit('knn_memory.py reads /proc, which Linux alone has')
    from regioncl_mm.benchmarks.knn_memory import run

    run(args)


if __name__ == '__main__':
    main()
