"""What was not done by the package that the paper's results are from."""

from __future__ import annotations

import re


def stand_ins(versions: dict) -> list[str]:
    """Such as ``ops by torchvision stand-in: nms, roi_align``.

    Without the versions, so that results of two of them are one line.
    """
    found = {key: versions.get(key) or '' for key in ('ops', 'keypoints')}
    return [
        f'{what} by {re.sub(" [^ ]+ stand-in", " stand-in", by)}'
        for what, by in found.items()
        if ' stand-in' in by
    ]
