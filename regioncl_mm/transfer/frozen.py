"""A model to take features from."""

from __future__ import annotations

import copy
import logging
from contextlib import contextmanager
from typing import Iterator

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import load_state_dict as load_what_fits
from mmengine.runner import set_random_seed
from torch import nn

from ..checkpoints import find_backbone, load_state_dict, verify_backbone
from .prepare import backbone_configs, set_backbone
from .source import Source


def frozen_model(
    cfg: Config, source: Source, allow_partial: bool = False
) -> tuple[nn.Module, dict | None]:
    """Build a config's model with a source's backbone, and prove it.

    Whatever the config says about pretrained weights does not count.

    Args:
        cfg: Config of a classifier or of pretraining, with a seed; it stays
            as it is.
        source: What :func:`~.source.find_source` found.
        allow_partial: Say so, and go on, if not all tensors are the source's.

    Returns:
        The model in evaluation mode, and what was verified; ``None`` for
        random weights, which the config's seed decides.

    Raises:
        BackboneMismatchError: If the backbone is not the source's.
        ValueError: See :func:`~.prepare.backbone_configs`.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    set_random_seed(cfg.randomness.seed)
    cfg = copy.deepcopy(cfg)
    set_backbone(cfg, backbone_configs(cfg), None)
    if 'data_preprocessor' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.data_preprocessor)
    with info_silenced():
        model = MODELS.build(cfg.model)
        model.init_weights()
    record = None
    if source.path is not None:
        tensors, _ = find_backbone(load_state_dict(source.path))
        # What does not fit is told below, tensor by tensor.
        load_what_fits(model.backbone, tensors, logger='silent')
        result, lines = verify_backbone(model, tensors, allow_partial)
        if is_main_process():
            print('\n'.join(lines), flush=True)
        record = result.to_dict()
    return model.eval().to(get_device()), record


@contextmanager
def info_silenced() -> Iterator[None]:
    """Without mmengine's lines on how every parameter was initialised."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
