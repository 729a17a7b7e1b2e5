"""Stand-ins for modules that need a compiler, where these are missing.

``mmcv._ext``
    mmcv's compiled ops, which mmdet, mmseg and mmpose import whether or not
    they call any. mmcv-lite comes without, and mmcv's sources do not build
    with torch 2.14 or with Python 3.13 and later.
``xtcocotools``
    The evaluation of keypoints, which mmpose imports. Its sources do not
    build with Python 3.13 and later, its wheels are for numpy 1.

The finder is the last that Python asks: a module that is installed is always
found before its stand-in, and nothing is loaded until it is imported.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

FOLDER = Path(__file__).parent / 'stand_ins'
STAND_INS = {
    'mmcv._ext': FOLDER / 'mmcv_ext.py',
    'xtcocotools': FOLDER / 'xtcocotools' / '__init__.py',
}
ATTENTION = 'MultiScaleDeformableAttention'


class StandInFinder(MetaPathFinder):
    """Finds the modules in ``STAND_INS``."""

    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:
        file = STAND_INS.get(fullname)
        if file is None:
            return None
        # A package's modules are then found in its folder, as ever.
        folder = [str(file.parent)] if file.name == '__init__.py' else None
        return spec_from_file_location(
            fullname, file, submodule_search_locations=folder
        )


def needed() -> bool:
    return not any(isinstance(x, StandInFinder) for x in sys.meta_path)


def apply() -> None:
    sys.meta_path.append(StandInFinder())
    # Where mmcv came first, as `import mmpretrain` brings it, it did without;
    # mmdet asks it for the name all the same.
    module = sys.modules.get('mmcv.cnn.bricks.transformer')
    if module is not None and not hasattr(module, ATTENTION):
        from mmcv.ops import multi_scale_deform_attn

        setattr(module, ATTENTION, getattr(multi_scale_deform_attn, ATTENTION))


def is_stand_in(name: str) -> bool:
    """Whether the module ``name`` is loaded, and is one of ours."""
    module = sys.modules.get(name)
    file = getattr(module, '__file__', None)
    return file is not None and Path(file) == STAND_INS.get(name)
