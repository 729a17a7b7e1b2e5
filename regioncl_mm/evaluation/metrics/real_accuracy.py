"""Accuracy by reassessed labels (ImageNet-ReaL)."""

from __future__ import annotations

import json
import os.path as osp
import re
from typing import Sequence

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmpretrain.registry import METRICS

_NUMBER = re.compile(r'ILSVRC2012_val_(\d{8})')


@METRICS.register_module()
class ReaLAccuracy(BaseMetric):
    """Percentage of images whose predicted class is one of their labels.

    The labels are those of "Are we done with ImageNet?" (Beyer et al., 2020;
    the columns "Real" of the paper's Tables 1 and 8): each validation image
    has a set of them. Images with an empty set are left out.

    Args:
        label_file: JSON, a list of lists of class indices. For files named
            ``ILSVRC2012_val_00000001.JPEG`` the number says which list is an
            image's, for data sets that are not made of files the position in
            the data set. ``None`` computes nothing.
        collect_device: ``'cpu'`` or ``'gpu'``, where processes meet.
        prefix: Begins the metric's name; ``'real'`` if ``None``.

    Raises:
        ValueError: If the file is not such a list, has no entry for an image,
            or has labels of classes that the data set or the model lacks.
    """

    default_prefix = 'real'

    def __init__(
        self,
        label_file: str | None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.file = label_file
        self.labels = None if label_file is None else read_labels(label_file)
        indices = (index for entry in self.labels or () for index in entry)
        self.num_classes = 1 + max(indices, default=-1)

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep whether each prediction is right, None for no label."""
        self._check_classes(data_samples[0])
        for sample in data_samples:
            if self.labels is None:
                self.results.append(None)
                continue
            allowed = self._labels_of(sample, self.labels)
            predicted = int(sample['pred_label'])
            self.results.append(predicted in allowed if allowed else None)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """The percentage, and in the log how many images were left out."""
        counted = [right for right in results if right is not None]
        if not counted:
            return {}
        left_out = len(results) - len(counted)
        print_log(
            f'{self.prefix}: {len(counted)} images, {left_out} without a '
            'label left out',
            logger='current',
        )
        return dict(top1=100 * sum(counted) / len(counted))

    def _check_classes(self, sample: dict) -> None:
        """Raise if indices cannot be those of the model's classes."""
        for whose, classes in (
            ('the data set', (self.dataset_meta or {}).get('classes')),
            ('the model', sample.get('pred_score')),
        ):
            if classes is not None and len(classes) < self.num_classes:
                raise ValueError(
                    f'{self.file} has labels of {self.num_classes} classes, '
                    f'but {whose} has {len(classes)}: others; set '
                    '`label_file=None` of ReaLAccuracy to do without, in the '
                    'configs of ImageNet by `--cfg-options '
                    'test_evaluator.1.label_file=None`'
                )

    def _labels_of(self, sample: dict, labels: list[set[int]]) -> set[int]:
        path = sample.get('img_path')
        if path is None:
            index = sample['sample_idx']
        else:
            found = _NUMBER.search(osp.basename(path))
            if not found:
                raise ValueError(
                    f'{path} has no number as of ILSVRC2012_val_00000001.JPEG '
                    f'by which {self.file} has its labels'
                )
            index = int(found[1]) - 1
        if not 0 <= index < len(labels):
            raise ValueError(
                f'{self.file} has labels of {len(labels)} images, none '
                f'of {path or f"number {index}"}'
            )
        return labels[index]


def read_labels(file: str) -> list[set[int]]:
    """Read a file of label sets.

    Raises:
        ValueError: If it is not a list of lists of integers.
    """
    with open(file, encoding='utf-8') as opened:
        try:
            content = json.load(opened)
        except ValueError as error:
            raise ValueError(f'{file} is not JSON ({error})') from None
    if not (
        isinstance(content, list)
        and all(isinstance(entry, list) for entry in content)
        and all(isinstance(x, int) for entry in content for x in entry)
    ):
        raise ValueError(
            f'{file} is not a list of lists of class indices, as real.json '
            'of google-research/reassessed-imagenet is'
        )
    return [set(entry) for entry in content]
