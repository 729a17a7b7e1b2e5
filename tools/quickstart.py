"""Pretrain MoCo v2 and RegionCL-M on Fashion-MNIST and compare them.

Minutes on two CPU cores. Both runs have the same seed, data and epochs; the
figure of merit is the accuracy of a k-nearest-neighbour classifier on frozen
features of held-out images. Results go to work_dirs/quickstart.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import matplotlib

sys.path.insert(0, str(Path(__file__).parent))
from get_fashion_mnist import get as get_fashion_mnist  # noqa: E402

matplotlib.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = dict(
    moco_v2='mocov2_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py',
    regioncl_m='regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py',
)
LABELS = dict(
    random='random initialisation', moco_v2='MoCo v2', regioncl_m='RegionCL-M'
)
FIGURES = ('knn20', 'knn100')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--work-dir', type=Path, default=ROOT / 'work_dirs' / 'quickstart'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        help='settings for both runs, as of tools/train.py',
    )
    return parser.parse_args()


def run_tool(name: str, *arguments, show: str = '') -> None:
    """Run a tool of this folder, showing the command a user would type.

    Of its output only the lines with ``show`` in them are printed; all of it
    if it fails.
    """
    command = [f'tools/{name}', *map(str, arguments)]
    print('\n$ python', ' '.join(command), flush=True)
    output = []
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        for line in process.stdout:
            output.append(line)
            if show in line:
                # Without the time of day and the name of the logger.
                print('  ' + line.split(' - INFO - ')[-1], end='', flush=True)
    if process.returncode:
        sys.exit(''.join(output) + f'{name} failed, as said above')


def read_scalars(work_dir: Path) -> list:
    """The lines that the latest run in ``work_dir`` logged."""
    latest = max(work_dir.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for line in latest.read_text().splitlines()]


def summarise(scalars: dict) -> dict:
    """Final accuracies and mean seconds an epoch of training alone."""
    summary = {figure: {} for figure in FIGURES}
    summary['seconds_per_epoch'] = {}
    for method, lines in scalars.items():
        evaluations = [line for line in lines if 'knn20' in line]
        iterations = [line for line in lines if 'time' in line]
        last_epoch = max(line['epoch'] for line in iterations)
        last_iter = max(line['iter'] for line in iterations)
        for figure in FIGURES:
            # Epoch 0: the same weights in both, before any step.
            summary[figure].setdefault('random', evaluations[0][figure])
            summary[figure][method] = evaluations[-1][figure]
        seconds = statistics.mean(line['time'] for line in iterations)
        summary['seconds_per_epoch'][method] = seconds * last_iter / last_epoch
    return summary


def print_table(summary: dict) -> None:
    print(f'\n{"":24}{"20-NN":>8}{"100-NN":>8}{"s/epoch":>9}')
    for method, label in LABELS.items():
        seconds = summary['seconds_per_epoch'].get(method)
        print(
            f'{label:24}'
            f'{summary["knn20"][method]:8.2f}{summary["knn100"][method]:8.2f}'
            + (f'{seconds:9.1f}' if seconds else f'{"-":>9}')
        )


def plot(scalars: dict, out: Path) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout='constrained')
    for ax, key, title in zip(axes, FIGURES, ('20-NN', '100-NN')):
        for method, lines in scalars.items():
            evaluations = [line for line in lines if key in line]
            ax.plot(
                [line['step'] for line in evaluations],
                [line[key] for line in evaluations],
                marker='o',
                markersize=3,
                label=LABELS[method],
            )
        ax.set(
            title=f'{title} on Fashion-MNIST',
            xlabel='epoch',
            ylabel='top-1 accuracy, %',
        )
        ax.grid(alpha=0.3)
        ax.legend()
    figure.savefig(out, dpi=110)


def main() -> None:
    args = parse_args()
    out = args.work_dir.resolve()
    data = get_fashion_mnist(
        ROOT / 'data' / 'fashion-mnist', os.environ.get('DATA_ROOT')
    )
    os.environ['DATA_ROOT'] = str(data.resolve())
    options = [f'randomness.seed={args.seed}', *args.cfg_options]
    run_tool(
        'browse_regions.py',
        f'configs/quickstart/{CONFIGS["regioncl_m"]}',
        '--out',
        out / 'regions.png',
        show='drew',
    )
    scalars, start = {}, time.time()
    for method, config in CONFIGS.items():
        run_tool(
            'train.py',
            f'configs/quickstart/{config}',
            '--work-dir',
            out / method,
            '--cfg-options',
            *options,
            show='Epoch(',
        )
        scalars[method] = read_scalars(out / method)
    minutes = (time.time() - start) / 60
    summary = summarise(scalars)
    (out / 'summary.json').write_text(json.dumps(summary, indent=2) + '\n')
    plot(scalars, out / 'knn_by_epoch.png')
    print_table(summary)
    gain = summary['knn20']['regioncl_m'] - summary['knn20']['moco_v2']
    print(
        f'\nRegionCL-M is {abs(gain):.2f} points '
        f'{"ahead of" if gain > 0 else "behind"} MoCo v2 in 20-NN with this '
        f'seed; both runs together took {minutes:.1f} minutes.\n'
        'So short a run of so small a network varies by points from seed to '
        'seed: compare several (--seed) before you conclude.'
    )
    print(f"""
What was written to {args.work_dir}:
  summary.json          the table above
  regions.png           what the region branch sees
  knn_by_epoch.png      accuracy by epoch
  */epoch_*.pth         checkpoints; moco_v2/ and regioncl_m/ hold the logs
To watch the curves:
  {Path(sys.executable).parent / 'tensorboard'} --logdir {args.work_dir}""")


if __name__ == '__main__':
    main()
