"""Draw what RegionCL makes of a config's own images.

One row an image: its two augmented views, the composite made of the first,
with the rectangle and the grid of cells, and the view the rectangle is from.
"""

import argparse
from pathlib import Path

import matplotlib
import torch
from mmengine.config import Config, DictAction
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from mmengine.runner import set_random_seed
from mmpretrain.registry import DATASETS, MODELS

from regioncl_mm.regions import erase_regions, image_grid, swap_regions
from regioncl_mm.utils import check_config

matplotlib.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

PASTE = '#d62728'


def parse_args() -> argparse.Namespace:
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
        action=DictAction,
        help='override settings of the config',
    )
    return parser.parse_args()


def load_views(cfg: Config, count: int) -> list:
    """Two views of random images, as they are before they are normalised:
    tensors (count, C, H, W) of levels 0 to 255, red first."""
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    chosen = torch.randperm(len(dataset))[:count].tolist()
    preprocessor = MODELS.build(
        {
            'type': 'SelfSupDataPreprocessor',
            **cfg.model.get('data_preprocessor', {}),
            **cfg.get('data_preprocessor', {}),
            'mean': [0.0],
            'std': [1.0],
        }
    )
    batch = default_collate([dataset[i] for i in chosen])
    return preprocessor(batch, training=True)['inputs']


def as_picture(image: torch.Tensor):
    """(C, H, W) levels to what imshow takes."""
    picture = image.round().byte()
    return (
        picture[0] if len(image) == 1 else picture.permute(1, 2, 0)
    ).numpy()


def outline(axes, region, stride: int, color: str) -> None:
    rows, columns = region.slices(stride)
    axes.add_patch(
        Rectangle(
            (columns.start - 0.5, rows.start - 0.5),
            columns.stop - columns.start,
            rows.stop - rows.start,
            fill=False,
            edgecolor=color,
            linewidth=2.5,
            zorder=3,
        )
    )


def draw_grid(axes, grid, stride: int) -> None:
    for row in range(1, grid[0]):
        axes.axhline(row * stride - 0.5, color='white', lw=0.6, alpha=0.8)
    for column in range(1, grid[1]):
        axes.axvline(column * stride - 0.5, color='white', lw=0.6, alpha=0.8)


def draw(views, branch):
    """A matplotlib figure of a batch's views and composites."""
    query, key = views
    region, partner = branch.draw(query)
    stride, grid = branch.stride, image_grid(query, branch.stride)
    if branch.swap:
        composite = swap_regions(query, region, stride, partner)
    else:
        composite = erase_regions(query, region, stride)
    columns = [
        ('query view', lambda i: query[i]),
        ('key view', lambda i: key[i]),
        (f'composite, {grid[0]}x{grid[1]} cells', lambda i: composite[i]),
        ('paste view comes from', lambda i: query[partner[i]]),
    ]
    figure, axes = plt.subplots(
        len(query),
        len(columns),
        squeeze=False,
        figsize=(2.4 * len(columns), 2.4 * len(query) + 0.9),
        layout='constrained',
    )
    for i, row in enumerate(axes):
        for ax, (title, image) in zip(row, columns):
            ax.imshow(as_picture(image(i)), cmap='gray', vmin=0, vmax=255)
            ax.set(xticks=[], yticks=[])
            if i == 0:
                ax.set_title(title)
        row[0].set_ylabel(f'image {i}')
        draw_grid(row[2], grid, stride)
        outline(row[2], region, stride, PASTE)
        outline(row[3], region, stride, PASTE)
        row[3].set_xlabel(f'image {int(partner[i])}')
    figure.suptitle(
        f'rectangle of {region.height}x{region.width} cells of {stride} '
        'pixels: inside it the paste view, around it the canvas view',
        fontsize=10,
    )
    return figure


def main() -> None:
    args = parse_args()
    cfg = Config.fromfile(args.config)
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    check_config(cfg)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    branch = getattr(MODELS.build(cfg.model), 'region_branch', None)
    if branch is None:
        raise ValueError(
            f'{args.config} has no `model.region_branch`: there '
            'are no regions to draw'
        )
    set_random_seed(args.seed)
    views = load_views(cfg, args.num_images)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    draw(views, branch).savefig(args.out, dpi=110)
    print(f'drew {args.num_images} images to {args.out}')


if __name__ == '__main__':
    main()
