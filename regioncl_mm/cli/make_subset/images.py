"""The labelled training images of a data set, by the names lists use."""

from __future__ import annotations

from pathlib import Path

from mmpretrain.datasets import FashionMNIST, ImageNet

import regioncl_mm.utils  # noqa: F401 (silences mmpretrain's MNIST reader)


def imagenet(root: Path) -> dict[str, int]:
    """Labels by path below ``train/``.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    if not (root / 'train').is_dir():
        raise FileNotFoundError(f'there is no folder {root / "train"}')
    data = ImageNet(data_root=str(root), split='train')
    prefix = data.img_prefix.rstrip('/') + '/'
    infos = (data.get_data_info(index) for index in range(len(data)))
    return {x['img_path'][len(prefix) :]: int(x['gt_label']) for x in infos}


def fashion_mnist(root: Path) -> dict[str, int]:
    """Labels by position.

    Raises:
        FileNotFoundError: If the files are not there.
    """
    try:
        data = FashionMNIST(data_root=str(root), download=False)
    except (AssertionError, RuntimeError):
        raise FileNotFoundError(
            f'{root} has not all files of Fashion-MNIST; '
            'tools/get_fashion_mnist.py fetches them'
        ) from None
    return {str(i): int(label) for i, label in enumerate(data.get_gt_labels())}


READERS = {'imagenet': imagenet, 'fashion-mnist': fashion_mnist}
