"""CIFAR-10 as folders of pictures, from whoever has it."""

from __future__ import annotations

from pathlib import Path

from mmpretrain.datasets import CIFAR10
from mmpretrain.datasets.categories import CIFAR10_CATEGORIES
from PIL import Image

from ..utils.disk_full import DISK_FULL

SPLITS = ('train', 'test')


def fetch_cifar10(out: Path, given: str | None = None) -> Path:
    """Find a folder with CIFAR-10's pictures, or fill one.

    The folder has ``train`` and ``test``, in them a folder a class. The first
    source that has the pictures serves: the folder ``given``; what an earlier
    call left in ``out``; mmpretrain's own download of the official archive,
    which is unpacked to PNG, so without a loss.

    Args:
        out: Folder for the pictures, if they are not there already.
        given: A folder with the pictures, or with the official archive,
            unpacked. Nothing else is tried.

    Returns:
        ``given`` if it has the pictures, and else ``out``.

    Raises:
        OSError: If the pictures cannot be written, as on a full disk.
        ValueError: If no source has them.
    """
    if given:
        source = Path(given)
        if has_pictures(source):
            return source
        if not (source / CIFAR10.base_folder).is_dir():
            raise ValueError(
                f'DATA_ROOT={source} has neither train/CLASS/… and '
                f'test/CLASS/… nor {CIFAR10.base_folder}'
            )
        unpack(source, out)
    elif not has_pictures(out):
        print('Getting CIFAR-10 (163 MB) ...', flush=True)
        unpack(out, out, download=True)
    return out


def has_pictures(folder: Path) -> bool:
    """Whether a folder has a folder of each class in both splits."""
    return all(has_classes(folder / split) for split in SPLITS)


def has_classes(split: Path) -> bool:
    """Whether a split's folder has one of each class."""
    return all((split / name).is_dir() for name in CIFAR10_CATEGORIES)


def unpack(source: Path, out: Path, download: bool = False) -> None:
    """Write the official archive's pictures as PNG files.

    Args:
        source: Folder with the unpacked archive; its files are compared with
            their published checksums before they are read.
        out: Gets ``train`` and ``test``; each is there when it is whole, and
            what is there stays.
        download: Fetch the archive if it is not there.

    Raises:
        ValueError: If the archive is not the published one, or not to be had.
    """
    for split in SPLITS:
        if has_classes(out / split):
            continue
        pictures = read_archive(source, split, download)
        partial = out / f'.{split}.part'
        for name in CIFAR10_CATEGORIES:
            (partial / name).mkdir(parents=True, exist_ok=True)
        for index in range(len(pictures)):
            info = pictures.get_data_info(index)
            name = CIFAR10_CATEGORIES[info['gt_label']]
            path = partial / name / f'{index:05d}.png'
            Image.fromarray(info['img']).save(path)
        partial.rename(out / split)


def read_archive(source: Path, split: str, download: bool) -> CIFAR10:
    """A split of the official archive; arguments and errors as
    :func:`unpack` has them."""
    try:
        return CIFAR10(
            data_root=str(source),
            split=split,
            test_mode=split == 'test',
            download=download,
        )
    except RuntimeError as error:
        raise ValueError(
            f'{source / CIFAR10.base_folder} is not as it was published: '
            f'{error}'
        ) from None
    except OSError as error:  # urllib's errors are OSErrors
        if not download or error.errno in DISK_FULL:
            raise
        raise ValueError(
            f'CIFAR-10 is not to be had from its own server ({error}). '
            f'Get {CIFAR10.filename} by other means, unpack it, and set '
            'DATA_ROOT=FOLDER'
        ) from error
