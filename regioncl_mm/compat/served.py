"""What served this process where a stand-in may have, for its results."""

from __future__ import annotations

import sys
from importlib.metadata import version

from .missing_modules import is_stand_in


def served() -> dict[str, str]:
    """Whose ops and whose evaluation of keypoints.

    ``ops`` such as ``compiled mmcv 2.1.0`` or ``torchvision 0.29.1 stand-in:
    nms, roi_align``. Of compiled ops it is not known whether any was called,
    of stand-ins those are named that were; ``none`` if none was.
    ``keypoints``, where mmpose is loaded, such as ``xtcocotools 1.14.3``.
    """
    found = dict(ops=ops())
    if 'xtcocotools' in sys.modules:
        found['keypoints'] = (
            f'pycocotools {version("pycocotools")} stand-in'
            if is_stand_in('xtcocotools')
            else f'xtcocotools {version("xtcocotools")}'
        )
    return found


def ops() -> str:
    ext = sys.modules.get('mmcv._ext')
    if ext is None:
        return 'none'
    if not is_stand_in('mmcv._ext'):
        return f'compiled mmcv {sys.modules["mmcv"].__version__}'
    if not ext.USED:
        return 'none'
    names = ', '.join(sorted(ext.USED))
    return f'torchvision {version("torchvision")} stand-in: {names}'
