"""What the quickstart says and draws when its runs are done."""

from __future__ import annotations

import sys
from pathlib import Path

from ...utils.files import write_text
from .curves import plot_pairs
from .figures import summarise
from .notes import transfer_line
from .runs import Comparison, labels, longer_key
from .tables import as_markdown, as_text, by_seed, print_methods, table


def report(scalars: dict, compared: Comparison, below: list[str]) -> dict:
    """Print the table, write it, and draw the curves.

    Args:
        scalars: The lines of each run, by method and seed.
        compared: Which methods and seeds.
        below: Lines that go under the table.

    Returns:
        What goes into summary.json.
    """
    summary = summarise(scalars, compared.pairs)
    rows = table(summary['pairs'], len(compared.seeds))
    parts = [as_markdown(rows), '', *below, '']
    if len(compared.seeds) > 1:
        seeds = by_seed(summary['pairs'], compared.seeds)
        parts += [as_markdown(seeds, 1), '']
    write_text(compared.work_dir / 'summary.md', '\n'.join(parts))
    plot_pairs(scalars, compared.pairs, compared.work_dir / 'knn_by_epoch.png')
    if compared.several:
        print('', as_text(rows), '', *below, sep='\n')
    else:
        del summary['pairs']
        print_methods(summary)
    return summary


def add_transfer(found: dict, work_dir: Path) -> None:
    """Say what came out of the segmentation, and write it below the table."""
    line = transfer_line(found)
    print('', line, sep='\n')
    file = work_dir / 'summary.md'
    write_text(file, f'{file.read_text()}\n{line}\n')


def conclude(summary: dict, compared: Comparison) -> None:
    """Say what to make of the table, and where everything is."""
    if not compared.several:
        base, regioncl = compared.first
        for key, when in ((base, 'epochs'), (longer_key(base), 'time')):
            gain = summary['knn20'][regioncl] - summary['knn20'][key]
            print(
                f'At equal {when} {labels()[regioncl]} is {abs(gain):.2f} '
                f'points {"ahead of" if gain > 0 else "behind"} '
                f'{labels()[base]} in 20-NN with this seed.'
            )
    if len(compared.seeds) == 1:
        print(
            'So short a run of so small a network varies by points from seed '
            'to seed: compare several (--seeds 3) before you conclude.'
        )
    folder, output, values, also = 'METHOD/', '', '', ''
    task = ''
    if 'transfer' in summary:
        task = '\n  transfer/             segmentation, with results.json'
    if compared.several:
        folder, output = 'METHOD/seedN/', '; output.txt: all that was said'
        values = ", and every seed's figures"
    if len(compared.seeds) > 1:
        also = ', and 20-NN by seed'
    tensorboard = Path(sys.executable).parent / 'tensorboard'
    print(f"""
What was written to {compared.work_dir}:
  summary.json          what is said above{values}
  summary.md            the table, to paste into a document{also}
  regions.png           what the region branch sees
  knn_by_epoch.png      accuracy by epoch, and by seconds
  {folder:22}logs and checkpoints (epoch_*.pth){output}{task}
To watch the curves:
  {tensorboard} --logdir {compared.work_dir}""")
