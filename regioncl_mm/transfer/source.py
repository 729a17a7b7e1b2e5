"""What a run of transfer learning starts from."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torchvision
from mmengine.config import Config

from ..checkpoints.extract import HASH_DIGITS, extract_backbone
from ..methods import method_of_experiment
from ..utils import from_main_process


class Source(NamedTuple):
    """Weights of a backbone, and what is known of them."""

    init: str  # 'checkpoint', 'random' or 'supervised'
    path: Path | None  # the extracted backbone, None for random
    method: str | None  # a row of the paper's tables
    checkpoint: dict[str, Any] | None  # for results.json

    @property
    def name(self) -> str:
        """The name of work dirs: different weights have different names."""
        if self.init == 'checkpoint':
            assert self.checkpoint is not None
            return self.checkpoint['sha256'][:HASH_DIGITS]
        return self.init


def find_source(
    checkpoint: str,
    cfg: Config,
    cache_dir: Path,
    encoder: str = 'online',
    trust: bool = False,
    method: str | None = None,
) -> Source:
    """Extract a checkpoint's backbone to ``cache_dir``, if there is any.

    The first process does, for all; others extract it to a disk of their own
    if they do not share the first one's.

    Args:
        checkpoint: A file; or ``'random'``, the config without pretrained
            weights; or ``'supervised'``, torchvision's weights for the
            config's ResNet, downloaded if they are not in torch's cache.
        cfg: The downstream config.
        cache_dir: Folder for extracted backbones, named after their content.
        encoder: ``'online'`` or ``'momentum'``.
        trust: Run what code the checkpoint has.
        method: Name for the report, in place of that of the pretraining.

    Raises:
        FileNotFoundError, ValueError: See
            :func:`~regioncl_mm.checkpoints.extract_backbone`.
    """
    extract = partial(
        extract_source, checkpoint, cfg, cache_dir, encoder, trust, method
    )
    source = from_main_process(extract)
    if source.path and not source.path.is_file():
        extract()
    return source


def extract_source(
    checkpoint: str,
    cfg: Config,
    cache_dir: Path,
    encoder: str,
    trust: bool,
    method: str | None,
) -> Source:
    """Do in this process what :func:`find_source` promises."""
    if checkpoint == 'random':
        return Source('random', None, method, None)
    init, file = 'checkpoint', Path(checkpoint)
    if checkpoint == 'supervised':
        init, file = 'supervised', supervised_file(cfg)
    found = extract_backbone(file, cache_dir, encoder, trust)
    return Source(
        init,
        found.path.resolve(),
        method or method_of_experiment(found.experiment),
        dict(
            file=file.name,
            sha256=found.sha256,
            encoder=found.encoder,
            prefix=found.prefix,
            experiment=found.experiment,
        ),
    )


def supervised_file(cfg: Config) -> Path:
    """The file of what the paper's tables call supervised.

    They are torchvision's first weights of the config's ResNet, from torch's
    cache or downloaded to it.

    Raises:
        ValueError: If there are none, or they cannot be downloaded.
    """
    depth = cfg.model.backbone.get('depth')
    try:
        weights = torchvision.models.get_model_weights(f'resnet{depth}')
    except ValueError:
        raise ValueError(
            f'torchvision has no supervised weights for the backbone of '
            f'{cfg.filename}; give a checkpoint of your own'
        ) from None
    url = weights.IMAGENET1K_V1.url
    file = Path(torch.hub.get_dir(), 'checkpoints', os.path.basename(url))
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        digits = file.stem.split('-')[-1]  # of its hash
        try:
            torch.hub.download_url_to_file(url, str(file), digits)
        except OSError as error:
            raise ValueError(
                f'{url} cannot be downloaded ({error}); get it on another '
                f'machine and put it at {file}'
            ) from None
    return file
