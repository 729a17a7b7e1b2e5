"""Average precision of boxes, masks and keypoints."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import Any

import numpy as np
from pycocotools import cocoeval

IOU_TYPES = ('keypoints', 'bbox', 'segm')
# What a figure fills of its box, where an annotation has no area.
FILLED = 0.53


class COCOeval(cocoeval.COCOeval):
    """pycocotools' class with xtcocotools' evaluation of keypoints.

    A figure without labelled keypoints is left out whatever
    ``num_keypoints`` says, a detection without a keypoint of positive score
    does not count, and annotations may have the number 0.

    Args:
        cocoGt: Annotations.
        cocoDt: Detections, from ``cocoGt.loadRes``.
        iouType: 'keypoints', 'bbox' or 'segm'.
        sigmas: How precisely each keypoint is labelled, (K,); COCO's by
            default.
        use_area: Whether annotations have their area; else it is taken to be
            0.53 of the box.

    Raises:
        NotImplementedError: For evaluations that only xtcocotools has.
    """

    def __init__(
        self,
        cocoGt=None,
        cocoDt=None,
        iouType: str = 'keypoints',
        sigmas=None,
        use_area: bool = True,
    ) -> None:
        if iouType not in IOU_TYPES:
            raise NotImplementedError(
                f'xtcocotools, which evaluates {iouType!r}, is not installed, '
                f'and its stand-in knows {", ".join(IOU_TYPES)} alone; '
                'install xtcocotools: it needs a compiler, and Python <= 3.12'
            )
        super().__init__(cocoGt, cocoDt, iouType)
        self.use_area = use_area
        if sigmas is not None:
            self.params.kpt_oks_sigmas = np.array(sigmas)

    def _prepare(self) -> None:
        """Sort annotations and detections by image and category."""
        if self.params.iouType != 'keypoints':
            super()._prepare()
            return
        self._gts, self._dts = defaultdict(list), defaultdict(list)
        # pycocotools takes the number 0 for "matched with nothing".
        for number, gt in zip(count(1), self._chosen(self.cocoGt)):
            key = gt['image_id'], gt['category_id']
            box = gt['bbox']
            self._gts[key].append(
                dict(
                    gt,
                    id=number,
                    ignore=gt['iscrowd'] or not labelled(gt),
                    area=gt['area']
                    if self.use_area
                    else box[2] * box[3] * FILLED,
                )
            )
        for dt in self._chosen(self.cocoDt):
            if labelled(dt):
                self._dts[dt['image_id'], dt['category_id']].append(dt)
        self.evalImgs: Any = []  # of no picture yet
        self.eval: dict = {}

    def _chosen(self, coco) -> list[dict]:
        """Those of the images and categories that are evaluated."""
        chosen = dict(imgIds=self.params.imgIds)
        if self.params.useCats:
            chosen['catIds'] = self.params.catIds
        return coco.loadAnns(coco.getAnnIds(**chosen))


def labelled(annotation: dict) -> int:
    """Its keypoints that are labelled or, in a detection, of some score."""
    return int(np.count_nonzero(np.array(annotation['keypoints'])[2::3] > 0))
