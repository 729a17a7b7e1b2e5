"""The norm that vision transformers have for the mean of their patches."""

from __future__ import annotations

from typing import Callable

from torch import Tensor


def norm_of_means(backbone: object) -> Callable[[Tensor], Tensor]:
    """What the means of regions pass, as the mean of an image does.

    With ``out_type='avg_featmap'`` mmpretrain's ViT and BEiT normalise the
    mean of an image's patches, by ``ln2``. Regions are pooled from the map
    that precedes it.

    Args:
        backbone: The one that the map is from.

    Returns:
        Takes and returns means (N, C, 1, 1). Those of other backbones are
        returned as they are.
    """
    norm = getattr(backbone, 'ln2', None)
    if norm is None or getattr(backbone, 'out_type', None) != 'avg_featmap':
        return lambda means: means
    return lambda means: norm(means.flatten(1)).view_as(means)
