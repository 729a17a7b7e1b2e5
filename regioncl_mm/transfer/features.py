"""The features of a source's backbone, from the cache or extracted."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from mmengine.config import Config
from mmengine.dist import is_main_process
from torch import nn
from torch.utils.data import DataLoader

from ..checkpoints.extract import HASH_DIGITS
from ..evaluation.dataloaders import build_dataloader, feature_dataloaders
from ..evaluation.feature_cache import (
    Features,
    cache_folder,
    cached_features,
)
from ..evaluation.feature_settings import (
    describe_images,
    describe_weights,
    feature_settings,
)
from ..evaluation.ready import check_neighbours
from ..utils import from_main_process
from ..utils.unread import unread_pictures
from .source import Source


def train_and_test_features(
    cfg: Config,
    model: nn.Module,
    source: Source,
    root: Path,
    ks: Sequence[int] = (1,),
) -> tuple[Features, Features]:
    """The features of the images to learn from, and of those to test on.

    Args:
        cfg: A config with a backbone, and with images of which
            :func:`feature_dataloaders` chooses.
        model: What :func:`~.frozen.frozen_model` built.
        source: What the model's backbone is.
        root: Folder of all caches.
        ks: Numbers of neighbours that will be looked for.

    Raises:
        ValueError: Before any features are taken, if
            :func:`~regioncl_mm.evaluation.ready.check_neighbours` refuses the
            images.
    """
    configs = feature_dataloaders(cfg)
    train, test = (build_dataloader(x, cfg.randomness.seed) for x in configs)
    remarks = check_neighbours(train, test, ks)
    for loader in (train, test):
        remarks += unread_pictures(loader.dataset)
    if is_main_process() and remarks:
        print('\n'.join(remarks), flush=True)
    found = [
        _cached(cfg, model, source, root, *pair)
        for pair in zip(configs, (train, test))
    ]
    return found[0], found[1]


def features_of(
    cfg: Config, model: nn.Module, source: Source, root: Path, loader: dict
) -> Features:
    """The features of the images of one dataloader.

    Args:
        cfg: The config with the backbone.
        model: What :func:`~.frozen.frozen_model` built.
        source: What the model's backbone is.
        root: Folder of all caches.
        loader: One of the configs that :func:`feature_dataloaders` gives.
    """
    built = build_dataloader(loader, cfg.randomness.seed)
    return _cached(cfg, model, source, root, loader, built)


def _cached(
    cfg: Config,
    model: nn.Module,
    source: Source,
    root: Path,
    loader: dict,
    built: DataLoader,
) -> Features:
    sha256 = (source.checkpoint or {}).get('sha256', '')
    name = sha256[:HASH_DIGITS] or f'{source.name}-seed{cfg.randomness.seed}'
    settings = feature_settings(cfg, loader)
    settings['images'] = describe_images(built.dataset)
    # Other machines may begin with weights that differ in the last bit.
    settings['weights'] = from_main_process(lambda: describe_weights(model))
    folder = cache_folder(root, name, settings)
    found = cached_features(model, built, folder, settings)
    if is_main_process():
        count, dim = found.values.shape
        verb = 'read' if found.reused else 'wrote'
        print(f'{verb} {count} x {dim} features: {folder}', flush=True)
    return found
