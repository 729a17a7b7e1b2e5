"""Where training programs put a backbone among their tensors."""

from __future__ import annotations

from typing import Iterable

from ..methods import momentum_attributes

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

# Prefixes of a network whose last layer is, or was replaced by, a projector:
# facebookresearch's moco, moco-v3 and simsiam; torchvision's.
ONLINE_NETWORKS = ('encoder_q.', 'base_encoder.', 'encoder.', '')
MOMENTUM_NETWORKS = ('encoder_k.', 'momentum_encoder.')
HEADS = ('fc.', 'head.', 'heads.')
# By these a network is told from any other group of tensors.
STEMS = (
    'conv1.weight',
    'stem.0.weight',
    'patch_embed.proj.weight',
    'patch_embed.projection.weight',
)


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
        return [*ONLINE_NETWORKS]
    averaged = [f'{name}.{AVERAGED_NETWORK}' for name in averages]
    return [*averaged, *MOMENTUM_NETWORKS]


def describe_prefixes(encoder: str) -> str:
    """All that is looked for, in words."""
    if encoder == 'online':
        known = [*ONLINE_BACKBONES, *ONLINE_NETWORKS]
        return ', '.join(prefix or 'conv1.weight …' for prefix in known)
    averaged = [f'X.{x}' for x in (*AVERAGED_BACKBONES, AVERAGED_NETWORK)]
    return (
        f'{", ".join(averaged)} of any X that has X.steps or is '
        f'{" or ".join(momentum_attributes())}; '
        + ', '.join((*MOMENTUM_BACKBONES, *MOMENTUM_NETWORKS))
    )
