"""The labelled training images of a data set, by the names lists use."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from mmpretrain.datasets import FashionMNIST, ImageNet


def imagenet(root: Path) -> dict[str, int]:
    """Read the labels of ImageNet, by the paths below ``train/``.

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
    """Read the labels of Fashion-MNIST, by the images' positions.

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


READERS: dict[str, Callable[[Path], dict[str, int]]] = {
    'imagenet': imagenet,
    'fashion-mnist': fashion_mnist,
}
