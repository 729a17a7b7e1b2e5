"""The part of a data set that a list names."""

from __future__ import annotations

from pathlib import Path

from mmengine.dataset import BaseDataset
from mmpretrain.registry import DATASETS
from torch.utils.data import Subset


@DATASETS.register_module()
class LabelledSubset(Subset):
    """Images of a data set by their positions.

    It is for data sets that are not made of files; for those that are, the
    list is mmpretrain's ``ann_file``. tools/make_subset.py writes both.

    Args:
        dataset: A data set or its config.
        list_file: A text file with a line for each image: its position,
            counted from 0, and its label.

    Raises:
        ValueError: If a line is of another form, names no image of the data
            set, or another label than the image has.
    """

    dataset: BaseDataset

    def __init__(self, dataset: dict | BaseDataset, list_file: str) -> None:
        if isinstance(dataset, dict):
            dataset = DATASETS.build(dataset)
        super().__init__(dataset, read_list(list_file, dataset))

    @property
    def metainfo(self) -> dict:
        """What the whole data set says of itself."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Load the annotations of the whole data set."""
        self.dataset.full_init()


def read_list(list_file: str, dataset: BaseDataset) -> list[int]:
    """The positions in a list, whose labels are checked.

    Raises:
        ValueError: As :class:`LabelledSubset` says.
    """
    positions = []
    for line in Path(list_file).read_text().splitlines():
        try:
            position, label = map(int, line.split())
        except ValueError:
            raise ValueError(
                f'{list_file}: {line!r} is not a position and a label'
            ) from None
        if not 0 <= position < len(dataset):
            raise ValueError(
                f'{list_file}: the data set has {len(dataset)} images and '
                f'none at position {position}'
            )
        found = int(dataset.get_data_info(position)['gt_label'])
        if found != label:
            raise ValueError(
                f'{list_file}: the image at position {position} has label '
                f'{found}, not {label}; the list is of another data set'
            )
        positions.append(position)
    return positions
