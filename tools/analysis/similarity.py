"""What a cell of an image looks like to a backbone: two beside each other.

Draws the cosine similarity of every cell of the last feature map with a
chosen cell, over the image, for two checkpoints of one config.

IMAGE is a file, or the number of one of the config's test images. Rows and
columns of cells count from 0, from the upper left corner.
"""

import argparse
import sys
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.device import get_device
from mmpretrain.registry import DATASETS
from tool_arguments import add_source_arguments
from torch import Tensor
from torch.nn.functional import normalize

from regioncl_mm.analysis.overlay import draw  # noqa: E402
from regioncl_mm.evaluation.dataloaders import (
    check_images,
    feature_dataloaders,
    innermost,
)
from regioncl_mm.transfer.frozen import frozen_model
from regioncl_mm.transfer.prepare import backbone_configs, set_default_seed
from regioncl_mm.transfer.source import find_source
from regioncl_mm.utils import add_run_arguments, load_config


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config with images and a backbone')
    parser.add_argument('image', help='a file, or a number')
    parser.add_argument('checkpoints', nargs=2, metavar='CHECKPOINT')
    add_run_arguments(parser)
    add_source_arguments(parser)
    parser.add_argument(
        '--cell',
        type=int,
        nargs=2,
        metavar=('ROW', 'COLUMN'),
        help='default: the middle',
    )
    parser.add_argument(
        '--labels', nargs=2, help='titles; default: the methods'
    )
    parser.add_argument(
        '--out',
        type=Path,
        default='similarity.png',
        help='picture to write; default: %(default)s',
    )
    return parser.parse_args()


def read_image(cfg: Config, image: str) -> Tensor:
    """(C, H, W) uint8, through the test pipeline.

    Raises:
        ValueError: If there is no such image.
    """
    data_set = feature_dataloaders(cfg)[1]['dataset']
    if image.isdigit():
        built = DATASETS.build(data_set)
        if int(image) >= len(built):
            raise ValueError(
                f'there is no image {image}, the config has {len(built)}'
            )
        return built[int(image)]['inputs']
    pipeline = innermost(data_set).pipeline
    if 'Load' not in pipeline[0].type:
        raise ValueError(
            "the config's images are no files; give the number of one"
        )
    if not Path(image).is_file():
        raise ValueError(f'there is no file {image}')
    return Compose(pipeline)(dict(img_path=image))['inputs']


def similarities(features: Tensor, row: int, column: int) -> Tensor:
    """Cosine of every cell with one of them.

    Args:
        features: (C, H, W).
        row: Of the cell.
        column: Of the cell.

    Returns:
        (H, W).

    Raises:
        ValueError: If there is no such cell.
    """
    height, width = features.shape[1:]
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(
            f'there is no cell {row} {column} in a map of {height} x {width}'
        )
    features = normalize(features, dim=0)
    return torch.einsum('chw,c->hw', features, features[:, row, column])


@torch.no_grad()
def feature_map(model, image: Tensor) -> Tensor:
    """(C, H, W), of the last stage.

    Raises:
        ValueError: If the backbone has no map.
    """
    data = dict(inputs=image[None].to(get_device()), data_samples=None)
    if type(model.data_preprocessor).__name__.startswith('SelfSup'):
        data['inputs'] = [image[None].to(get_device())]
    inputs = model.data_preprocessor(data, False)['inputs']
    inputs = inputs[0] if isinstance(inputs, list) else inputs
    features = model.backbone(inputs)[-1]
    if features.dim() != 4:
        raise ValueError(
            f'{type(model.backbone).__name__} has no feature map, its output '
            f'has the shape {tuple(features.shape)}'
        )
    return features[0].cpu()


def main() -> None:
    args = parse_args()
    maps = {}
    try:
        cfg = load_config(args)
        check_images(cfg)
        backbone_configs(cfg)
        set_default_seed(cfg)
        image = read_image(cfg, args.image)
        for number, checkpoint in enumerate(args.checkpoints):
            args.checkpoint = checkpoint
            source = find_source(
                args.checkpoint,
                cfg,
                args.backbone_dir,
                args.encoder,
                args.trust_checkpoint,
                args.method,
            )
            model, _ = frozen_model(cfg, source, args.allow_partial)
            features = feature_map(model, image)
            middle = [x // 2 for x in features.shape[1:]]
            cell = args.cell or middle
            label = source.method or Path(checkpoint).stem
            title = args.labels[number] if args.labels else label
            # Two checkpoints of one method are two panels.
            title = f'{title} ({number + 1})' if title in maps else title
            maps[title] = similarities(features, *cell)
    except (OSError, ValueError) as error:
        sys.exit(f'similarity.py: {error}')
    draw(image, maps, cell, args.out)
    print(f'drew similarities with cell {cell[0]} {cell[1]}: {args.out}')


if __name__ == '__main__':
    main()
