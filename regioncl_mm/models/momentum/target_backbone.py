"""A backbone whose paths are all kept, for targets."""

from __future__ import annotations

from mmpretrain.registry import MODELS
from torch import nn


def without_drop_path(backbone: dict) -> nn.Module:
    """Build a backbone that drops no path, whatever rate its config has.

    Args:
        backbone: Its config. Of a kind that cannot drop paths it is built as
            the config says.
    """
    try:
        return MODELS.build({**backbone, 'drop_path_rate': 0.0})
    except TypeError as error:
        # Asked of the backbone itself, for signatures with `**kwargs`, such
        # as timm's, do not tell.
        if "unexpected keyword argument 'drop_path_rate'" not in str(error):
            raise
    return MODELS.build(backbone)
