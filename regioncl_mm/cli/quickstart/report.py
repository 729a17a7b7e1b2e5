"""What the quickstart says and draws when its runs are done."""

import argparse
import sys
from pathlib import Path

from .curves import plot_methods, plot_pairs
from .figures import summarise
from .tables import as_markdown, as_text, print_methods, table


def report(scalars: dict, args: argparse.Namespace, below: list) -> dict:
    """Print the table, write it with ``below`` under it, draw the curves.

    Returns:
        What goes into summary.json.
    """
    summary = summarise(scalars, args.pairs)
    rows = table(summary['pairs'], args.seeds)
    (args.work_dir / 'summary.md').write_text(
        '\n'.join([as_markdown(rows), '', *below, '']),
        encoding='utf-8',
    )
    picture = args.work_dir / 'knn_by_epoch.png'
    if args.several:
        print('', as_text(rows), '', *below, sep='\n')
        plot_pairs(scalars, args.pairs, picture)
    else:
        del summary['pairs']
        print_methods(summary)
        lines = {method: runs[args.seed] for method, runs in scalars.items()}
        plot_methods(lines, picture)
    return summary


def conclude(summary: dict, args: argparse.Namespace) -> None:
    """Say what to make of the table, and where everything is."""
    if not args.several:
        knn20 = summary['knn20']
        gain = knn20['regioncl_m'] - knn20['moco_v2']
        print(
            f'RegionCL-M is {abs(gain):.2f} points '
            f'{"ahead of" if gain > 0 else "behind"} MoCo v2 in 20-NN with '
            'this seed.'
        )
    if args.seeds == 1:
        print(
            'So short a run of so small a network varies by points from seed '
            'to seed: compare several (--seeds 3) before you conclude.'
        )
    folder, output, values = 'METHOD/', '', ''
    task = ''
    if 'transfer' in summary:
        task = '\n  transfer/             segmentation, with results.json'
    if args.several:
        folder, output = 'METHOD/seedN/', '; output.txt: all that was said'
        values = ", and every seed's figures"
    print(f"""
What was written to {args.work_dir}:
  summary.json          what is said above{values}
  summary.md            the table, to paste into a document
  regions.png           what the region branch sees
  knn_by_epoch.png      accuracy by epoch
  {folder:22}logs and checkpoints (epoch_*.pth){output}{task}
To watch the curves:
  {Path(sys.executable).parent / 'tensorboard'} --logdir {args.work_dir}""")
