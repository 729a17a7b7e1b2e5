"""Where training programs put a backbone among their tensors."""

from __future__ import annotations

import re
from typing import Iterable

from torch import Tensor

from ..methods import momentum_attributes
from .name_maps import NAME_MAPS, OWN_MARKS
from .refused_names import UNSUPPORTED

ENCODERS = ('online', 'momentum')

# Prefixes of what is all backbone.
ONLINE_BACKBONES = (
    'backbone.',  # mmengine's, regioncl_mm's and extracted ones
    'encoder_q.0.',  # OpenSelfSup's MoCo
)
MOMENTUM_BACKBONES = ('encoder_k.0.',)  # OpenSelfSup's MoCo
# mmengine's average of a model is called `module` in it. mmpretrain averages
# a sequence of backbone and neck; others a model that has a backbone.
AVERAGED_BACKBONES = ('module.0.', 'module.backbone.')
AVERAGED_NETWORK = 'module.'

# Prefixes of a network whose last layer is, or was replaced by, a projector.
ONLINE_NETWORKS = (
    'encoder_q.',  # facebookresearch's moco
    'base_encoder.',  # its moco-v3
    'encoder.',  # its simsiam, and Swin Transformers' MoBY
    'student.',  # DINO, DINOv2
    'student_backbone.',  # lightly
    'query_backbone.',
    'online_encoder.',  # BYOLs
    'online_net.',
    'online_network_state_dict.',
    'trunk.',  # VISSL
    'net.',
    'model.',
    '',  # torchvision's, timm's; SwAV
)
MOMENTUM_NETWORKS = (
    'encoder_k.',
    'momentum_encoder.',
    'momentum_backbone.',  # solo-learn
    'backbone_momentum.',  # lightly
    'teacher_backbone.',
    'key_backbone.',
    'teacher.',
    'target_encoder.',
    'target_net.',
    'target_network_state_dict.',
)
# lightly's benchmarks call so what is trained by gradients, and its average
# `backbone` if by no other name.
TRAINED_BESIDE_BACKBONE = ('student_backbone.', 'query_backbone.')
# What may follow each, and the backbone's prefix.
WRAPPERS = (
    *('module.', 'backbone.', 'module.backbone.', 'encoder.', 'net.', '0.'),
    *('model.', 'body.', 'bottom_up.', '_feature_blocks.'),
    *('vit.', 'resnet.', 'swin.', 'convnext.'),
)
HEADS = re.compile(
    r'(fc|heads?|head_\w+|classifier|projector|projection_head|predictor|prototypes?'
    r'|dino_head|ibot_head)\d*\.'
)
# By these a network is told from any other group of tensors.
STEMS = (
    'conv1.weight',
    'stem.0.weight',
    'patch_embed.proj.weight',
    'patch_embed.projection.weight',
    *OWN_MARKS.values(),
    *(names.mark for names in NAME_MAPS),
    *UNSUPPORTED,
)


def is_network(tensors: dict[str, Tensor]) -> bool:
    """Whether tensors are a network's, by their names."""
    return any(stem in tensors for stem in STEMS)


def without_heads(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """A network's tensors without those of its head.

    The norm in the head of timm's ConvNeXt is the backbone's last.
    """
    return {
        name: tensor
        for name, tensor in tensors.items()
        if not HEADS.match(name)
        or (name.startswith('head.norm.') and 'stem.0.weight' in tensors)
    }


def backbone_prefixes(encoder: str, averages: Iterable[str]) -> list[str]:
    """Prefixes of what is a backbone and nothing else.

    Args:
        encoder: One of ``ENCODERS``.
        averages: Attributes of a model that may be its momentum encoder.
    """
    if encoder == 'online':
        return [*ONLINE_BACKBONES]
    averaged = [
        f'{attribute}.{below}'
        for attribute in averages
        for below in AVERAGED_BACKBONES
    ]
    return [*averaged, *MOMENTUM_BACKBONES]


def network_prefixes(encoder: str, averages: Iterable[str]) -> list[str]:
    """Prefixes of what is a backbone if it has a stem, maybe with a head.

    Args:
        encoder: One of ``ENCODERS``.
        averages: Attributes of a model that may be its momentum encoder.
    """
    if encoder == 'online':
        return with_wrappers(ONLINE_NETWORKS)
    averaged = [f'{name}.{AVERAGED_NETWORK}' for name in averages]
    return [*averaged, *with_wrappers(MOMENTUM_NETWORKS)]


def with_wrappers(prefixes: Iterable[str]) -> list[str]:
    """Each prefix, alone and before each of the wrappers."""
    return [x + below for x in prefixes for below in ('', *WRAPPERS)]


def describe_prefixes(encoder: str) -> str:
    """All that is looked for, in words."""
    wrappers = f'; the last also before {", ".join(WRAPPERS)}'
    if encoder == 'online':
        known = [*ONLINE_BACKBONES, *ONLINE_NETWORKS]
        names = [prefix or 'conv1.weight …' for prefix in known]
        return ', '.join(names) + wrappers
    averaged = [f'X.{x}' for x in (*AVERAGED_BACKBONES, AVERAGED_NETWORK)]
    return (
        f'{", ".join(averaged)} of any X that has X.steps or is '
        f'{" or ".join(momentum_attributes())}; '
        + ', '.join((*MOMENTUM_BACKBONES, *MOMENTUM_NETWORKS))
        + wrappers
    )
