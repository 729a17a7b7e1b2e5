"""What a trained backbone takes for similar pictures."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS
from torch import Tensor, nn
from torch.nn.functional import normalize

from ...analysis.runs import input_size
from ...checkpoints import load_state_dict
from ...evaluation.knn import search
from ...utils import random_states_restored
from ..silence import logging_silenced
from .data import test_pipeline

ASKED, SHOWN = 6, 5  # pictures, and neighbours of each
AT_MOST = 2000  # pictures that are searched
BATCH = 32


class Neighbours(NamedTuple):
    """Nearest neighbours of a few pictures.

    Attributes:
        names: Of the pictures: rows, each the one asked about and then its
            neighbours, most similar first.
        pictures: Their centres in the same order, (rows, columns, H, W, 3).
        cosines: Of the neighbours with the picture asked about.
        searched: Among how many pictures.
    """

    names: list[list[str]]
    pictures: np.ndarray
    cosines: list[list[float]]
    searched: int


def trained_model(cfg: Config, checkpoint: Path) -> nn.Module:
    """The algorithm of a config with the weights of a checkpoint."""
    init_default_scope('mmpretrain')
    with logging_silenced():
        model = MODELS.build(
            {**cfg.model, 'data_preprocessor': cfg.data_preprocessor}
        )
    model.load_state_dict(load_state_dict(checkpoint))
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    return model.to(device).eval()


def find_neighbours(
    cfg: Config, recipe: Config, checkpoint: Path
) -> Neighbours:
    """Ask for the neighbours of a few pictures.

    Args:
        cfg: What was trained, and on which pictures.
        recipe: With a ``test_pipeline``.
        checkpoint: Of the training's end.
    """
    model = trained_model(cfg, checkpoint)
    pipeline = test_pipeline(recipe.to_dict(), input_size(cfg))
    data_set = DATASETS.build(
        {**cfg.train_dataloader.dataset, 'pipeline': pipeline}
    )
    draw = np.random.RandomState(0).permutation(len(data_set))
    rows = sorted(draw[:AT_MOST].tolist())
    with random_states_restored(), torch.no_grad():
        features = features_of(model, data_set, rows)
    count = min(ASKED, len(rows))
    asked = [
        round(i * (len(rows) - 1) / max(1, count - 1)) for i in range(count)
    ]
    shown = min(SHOWN + 1, len(rows))
    best, found = search(features[asked], features, shown)
    places = [own_first(one, row) for one, row in zip(asked, found.tolist())]
    return Neighbours(
        names=[
            [Path(path_of(data_set, rows[i])).name for i in line]
            for line in places
        ],
        pictures=np.stack(
            [[as_shown(data_set[rows[i]]) for i in line] for line in places]
        ),
        cosines=[line[1:] for line in best.tolist()],
        searched=len(rows),
    )


def own_first(own: int, found: list[int]) -> list[int]:
    """A picture and its neighbours; a copy of it may have come first."""
    others = [x for x in found if x != own]
    return [own, *others[: len(found) - 1]]


def path_of(data_set, row: int) -> str:
    """The file of a picture."""
    return data_set.get_data_info(row)['img_path']


def as_shown(sample: dict) -> np.ndarray:
    """(H, W, 3), red first."""
    return sample['inputs'].permute(1, 2, 0).numpy()[..., ::-1]


def features_of(model: nn.Module, data_set, rows: list[int]) -> Tensor:
    """Pooled features (N, D) of unit length, of these rows."""
    found = []
    for start in range(0, len(rows), BATCH):
        batch = [data_set[i] for i in rows[start : start + BATCH]]
        inputs = model.data_preprocessor(default_collate(batch), False)
        output = model.extract_feat(inputs['inputs'])
        if isinstance(output, (tuple, list)):
            output = output[-1]
        if output.dim() == 4:
            output = output.mean((2, 3))
        found.append(output.float().cpu())
    return normalize(torch.cat(found))


def draw_neighbours(found: Neighbours) -> Figure:
    """A row a picture: it, and its neighbours with their cosines."""
    rows, columns = found.pictures.shape[:2]
    figure = Figure(
        figsize=(1.8 * columns, 2.1 * rows + 0.4), layout='constrained'
    )
    axes = figure.subplots(rows, columns, squeeze=False)
    for i, line in enumerate(axes):
        for j, ax in enumerate(line):
            ax.imshow(found.pictures[i, j])
            ax.set(xticks=[], yticks=[])
            name = found.names[i][j]
            short = name if len(name) < 23 else f'…{name[-21:]}'
            cosine = f'\n{found.cosines[i][j - 1]:.2f}' if j else ''
            ax.set_title(f'{short}{cosine}', fontsize=7)
            if not j:
                for spine in ax.spines.values():
                    spine.set(linewidth=3, edgecolor='C0')
    figure.suptitle(
        'left: a picture; to its right the most similar of '
        f'{found.searched:,}, with their cosines',
        fontsize=9,
    )
    return figure
