"""The algorithm of a training, with the backbone that was chosen."""

from __future__ import annotations

from typing import Any

from ...utils.walk import walk
from .backbones import Backbone
from .machine import Machine
from .numbers import Numbers
from .recipes import SHUFFLING, Recipe

SPLIT_IMAGES = 32  # of a part that is normalised by itself


def make_model(
    recipe: Recipe, backbone: Backbone, size: int, cells: tuple[int, int]
) -> dict[str, Any]:
    """The config of the algorithm, with another backbone than its own.

    Args:
        recipe: Of method and kind of backbone.
        backbone: For pictures of ``size`` pixels.
        size: Of a view's side.
        cells: Shortest and longest side of the rectangle.
    """
    model = recipe.cfg.model.to_dict()
    own = model['backbone']
    channels = model['neck']['in_channels']
    # A class token stands for the image where the recipe has it so.
    token = backbone.kind == 'vit' and own['type'] == 'MoCoV3ViT'
    model['backbone'] = dict(backbone.config)
    if backbone.kind == 'resnet':
        model['backbone'] = {**own, **backbone.config}
    elif backbone.kind == 'vit' and not token:
        model['backbone']['out_type'] = 'featmap'
    elif backbone.kind == 'swin' and 'target_backbone' in model:
        model['backbone']['drop_path_rate'] = own['drop_path_rate']
    if 'target_backbone' in model and backbone.kind != 'swin':
        model['target_backbone'] = {}
    for _, node in walk(model['neck']):
        if node.get('in_channels') == channels:
            node['in_channels'] = backbone.channels
        if 'with_avg_pool' in node:
            node['with_avg_pool'] = not token
    if recipe.has_regions:
        model['region_branch'].update(
            stride=backbone.stride, min_cells=cells[0], max_cells=cells[1]
        )
    else:
        model['region_branch'] = None
    return model


def complete_model(
    model: dict[str, Any],
    recipe: Recipe,
    backbone: Backbone,
    numbers: Numbers,
    machine: Machine,
) -> None:
    """Put in what depends on batch, length and machine."""
    if 'queue_len' in model:
        model['queue_len'] = numbers.queue
    if numbers.momentum is not None and 'momentum' in model:
        model['momentum'] = numbers.momentum
    parts = splits(recipe, backbone, numbers.batch, machine)
    if parts > 1:
        model['backbone']['norm_cfg'] = dict(type='SplitBN', num_splits=parts)
    if not machine.gpu:  # synchronised batch norm needs one
        for _, node in walk(model):
            if node['type'] == 'NonLinearNeck':
                node['norm_cfg'] = dict(type='BN1d')
            elif node.get('norm_cfg') == dict(type='SyncBN'):
                node['norm_cfg'] = dict(type='BN')


def splits(
    recipe: Recipe, backbone: Backbone, batch: int, machine: Machine
) -> int:
    """Parts of the batch that a lone process normalises by themselves."""
    if (
        machine.processes > 1
        or backbone.kind != 'resnet'
        or recipe.row.stem not in SHUFFLING
    ):
        return 1
    most = max(2, batch // SPLIT_IMAGES)
    found = [n for n in range(2, most + 1) if batch % n == 0 and batch > n]
    return max(found, default=1)
