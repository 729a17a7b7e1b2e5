"""Annotations in COCO's format."""

from __future__ import annotations

import json

from pycocotools import coco


class COCO(coco.COCO):
    """pycocotools' class, where annotations need not say ``iscrowd`` and
    results may be empty."""

    def __init__(self, annotation_file: str | None = None) -> None:
        super().__init__(annotation_file)
        for annotation in self.dataset.get('annotations', []):
            annotation.setdefault('iscrowd', False)

    def loadRes(self, resFile) -> coco.COCO:
        """Annotations with scores, from a file, a list or an array."""
        if isinstance(resFile, str):
            with open(resFile) as file:
                resFile = json.load(file)
        if len(resFile):
            return super().loadRes(resFile)
        nothing = COCO()
        nothing.dataset = dict(
            images=list(self.dataset['images']), annotations=[]
        )
        nothing.createIndex()
        return nothing
