"""The same networks and images in loops of plain PyTorch, and of lightly's
parts."""

from __future__ import annotations

import copy
import json
import os
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import numpy as np
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample
from torch.utils.data import DataLoader, Dataset

from ..authors_step import AuthorsStep
from .trainee import Turns

Views = Iterator[Any]


def main(kind: str, config: str, changes: str) -> None:
    """Train without a runner.

    Args:
        kind: ``'plain'``, whose views are made for a batch at a time, or
            ``'lightly'``, whose are made one by one as its documentation has
            it.
        config: The config of the network, batch and rate.
        changes: What is changed in it, as JSON.
    """
    turns = Turns()
    torch.set_num_threads(int(os.environ['OMP_NUM_THREADS']))
    torch.manual_seed(0)
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(json.loads(changes))
    pictures = read_pictures(cfg)
    mean, std = (cfg.data_preprocessor[k][0] / 255 for k in ('mean', 'std'))
    size = cfg.train_dataloader.batch_size
    views: Views
    if kind == 'plain':
        model, losses = plain(cfg)
        views = plain_views(pictures, size, mean, std)
    else:
        model, losses = lightly(cfg)
        views = lightly_views(pictures, size, mean, std)
    optimizer = torch.optim.SGD(
        [p for p in model.parameters() if p.requires_grad],
        lr=cfg.optim_wrapper.optimizer.lr,
        momentum=0.9,
        weight_decay=1e-4,
    )
    for pair in views:
        loss = sum(losses(*pair).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        turns.after_step()


def read_pictures(cfg: Config) -> np.ndarray:
    """The training images of Fashion-MNIST, (N, 28, 28)."""
    data = cfg.train_dataloader.dataset
    raw = Path(data.data_root, 'train-images-idx3-ubyte').read_bytes()
    pictures = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)
    return pictures[: data.indices]


def plain(cfg: Config) -> tuple[nn.Module, Callable]:
    """The formulas laid out, with or without regions."""
    off = cfg.model.region_branch is None
    model = MODELS.build(cfg.model)
    model.init_weights()
    draw: Any = (lambda _: (None, None)) if off else model.region_branch.draw
    return model.train(), AuthorsStep(model, draw).loss


def plain_views(
    pictures: np.ndarray, size: int, mean: float, std: float
) -> Views:
    """Crops, flips and brightness of whole batches on tensors."""
    images = torch.from_numpy(pictures.copy()).unsqueeze(1)
    while True:
        for rows in torch.randperm(len(images)).split(size):
            if len(rows) == size:
                batch = images[rows].float() / 255
                pair = [plain_view(batch) for _ in range(2)]
                yield [(view - mean) / std for view in pair]


def plain_view(batch: Tensor) -> Tensor:
    """A random view of each image (N, 1, H, W), levels of 0 to 1."""
    count = len(batch)
    area = torch.empty(count).uniform_(0.2, 1)
    ratio = torch.empty(count).uniform_(np.log(3 / 4), np.log(4 / 3)).exp()
    width = (area * ratio).sqrt().clamp(max=1)
    height = (area / ratio).sqrt().clamp(max=1)
    flip = torch.randint(2, (count,)) * 2 - 1
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = width * flip, height
    theta[:, 0, 2] = (torch.rand(count) * 2 - 1) * (1 - width)
    theta[:, 1, 2] = (torch.rand(count) * 2 - 1) * (1 - height)
    grid = affine_grid(theta, list(batch.shape), align_corners=False)
    view = grid_sample(batch, grid, padding_mode='border', align_corners=False)
    return (view * torch.empty(count, 1, 1, 1).uniform_(0.6, 1.4)).clamp(0, 1)


def lightly(cfg: Config) -> tuple[nn.Module, Callable]:
    """MoCo v2 of lightly's parts."""
    from ..step.lightly_moco import LightlyMoCo

    neck = cfg.model.neck
    model = LightlyMoCo(
        MODELS.build(copy.deepcopy(cfg.model.backbone)),
        (neck.in_channels, neck.hid_channels, neck.out_channels),
        cfg.model.queue_len,
        1 - cfg.model.momentum,
    )
    return model.train(), model.losses


def lightly_views(
    pictures: np.ndarray, size: int, mean: float, std: float
) -> Views:
    """lightly's transforms, those that the configs' views have."""
    from lightly.transforms import MoCoV2Transform

    transform = MoCoV2Transform(
        input_size=28,
        cj_prob=1.0,
        cj_bright=0.4,
        cj_contrast=0.0,
        cj_sat=0.0,
        cj_hue=0.0,
        random_gray_scale=0.0,
        gaussian_blur=0.0,
        normalize=dict(mean=[mean], std=[std]),
    )
    loader = DataLoader(
        _Pictures(pictures, transform), size, shuffle=True, drop_last=True
    )
    while True:
        yield from loader


class _Pictures(Dataset):
    def __init__(self, pictures: np.ndarray, transform: Callable):
        self.pictures, self.transform = pictures, transform

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> list[Tensor]:
        return self.transform(Image.fromarray(self.pictures[index]))


if __name__ == '__main__':
    main(*sys.argv[1:])
