"""transformers from version 5, with which mmpretrain cannot be imported.

mmpretrain 1.2.0 imports its multimodal models whenever transformers is
installed. They take functions from ``transformers.modeling_utils`` that
version 5 does not have, and ``import mmpretrain.models`` ends in ``NoneType
takes no arguments``. Without transformers it leaves these models out, which
is what is done here: nothing of self-supervised pretraining is among them.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from mmengine.utils import digit_version


def needed() -> bool:
    try:
        return digit_version(version('transformers')) >= digit_version('5.0')
    except PackageNotFoundError:
        return False


def apply() -> None:
    from mmpretrain.utils import dependency

    dependency.WITH_MULTIMODAL = False
