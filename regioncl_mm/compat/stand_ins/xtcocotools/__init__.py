"""``xtcocotools`` where it is missing: what mmpose imports of it.

xtcocotools is pycocotools with changes for datasets of poses. This is
pycocotools with those of the changes that count for COCO's evaluation of
keypoints, for any keypoints and any sigmas (COCO, AP-10K, …): the figures are
the same. Its evaluations of crowds and of whole bodies are not here and raise.
"""
