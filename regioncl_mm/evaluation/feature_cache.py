"""Features on the disk: extracted once, mapped into memory afterwards."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmengine.dist import barrier, is_main_process
from numpy.lib.format import open_memmap
from torch import nn
from torch.utils.data import DataLoader

from ..utils import from_main_process
from ..utils.disk_full import allocate, disk_full_explained
from ..utils.files import flush, flush_folder, write_text
from .features import num_images, pooled_batches, positions

FEATURES, LABELS, DONE = 'features.npy', 'labels.npy', 'features.json'
DIGITS = 12  # of hashes, in folder names


class Features(NamedTuple):
    """The features of a whole data set, in its order."""

    values: np.ndarray  # (N, D) float32, mapped from a file; not normalised
    labels: np.ndarray  # (N,) int64
    reused: bool  # nothing was extracted


def cache_folder(root: Path, name: str, settings: dict[str, Any]) -> Path:
    """A folder of a backbone, and in it one for what decides its features.

    Args:
        root: Folder of all.
        name: The backbone's, different for different weights.
        settings: See :func:`~.feature_settings.feature_settings`.
    """
    text = json.dumps(settings, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return root / name / digest[:DIGITS]


def cached_features(
    model: nn.Module,
    loader: DataLoader,
    folder: Path,
    settings: dict[str, Any],
) -> Features:
    """Extract a data set's features to a folder, unless it has them.

    Every process of a machine writes the rows that are its share into the
    same file. The folder gets its name when all is there, so that neither an
    interrupted extraction nor one that goes on at the same time is taken for
    a whole one.

    Args:
        model: See :func:`pooled_batches`.
        loader: In the order of ``DefaultSampler(shuffle=False)``.
        folder: What :func:`cache_folder` names; made if it is not there.
        settings: Written down beside the features.
    """
    reused = from_main_process((folder / DONE).is_file)
    if not reused:
        partial = from_main_process(
            lambda: folder.with_name(f'{folder.name}.{uuid.uuid4().hex}.part')
        )
        try:
            write_features(model, loader, partial)
            barrier()
            from_main_process(lambda: finish(partial, folder, settings))
        finally:
            if is_main_process():
                shutil.rmtree(partial, ignore_errors=True)
    return Features(
        np.load(folder / FEATURES, mmap_mode='r'),
        np.load(folder / LABELS),
        reused,
    )


def finish(partial: Path, folder: Path, settings: dict[str, Any]) -> None:
    """Give a whole extraction its name, unless another was faster."""
    text = json.dumps(settings, indent=2, default=str) + '\n'
    with disk_full_explained(folder):
        for name in (FEATURES, LABELS):
            flush(partial / name)
    write_text(partial / DONE, text)
    try:
        partial.rename(folder)
        flush_folder(folder.parent)
    except OSError:
        if not (folder / DONE).is_file():
            raise


def write_features(model: nn.Module, loader: DataLoader, folder: Path) -> None:
    """Write this process's share of ``features.npy`` and ``labels.npy``."""
    size, done = num_images(loader), 0
    files: list[np.memmap] = []
    for features, labels in pooled_batches(model, loader):
        if not files:
            files = make_files(folder, size, features.size(1))
        rows = positions(done + len(labels))[done:]
        done += len(labels)
        # The sampler repeats some so that all processes get as many.
        genuine = rows < size
        for file, values in zip(files, (features, labels)):
            file[rows[genuine].numpy()] = values.cpu().numpy()[genuine.numpy()]
    for file in files:
        file.flush()


def make_files(folder: Path, size: int, dim: int) -> list[np.memmap]:
    """Files of the right size for features and labels, and room for them.

    The first process makes them, and every process opens them.

    Raises:
        DiskFullError: In every process, if there is no room.
    """
    shapes = {FEATURES: ((size, dim), np.float32), LABELS: ((size,), np.int64)}

    def make() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (shape, dtype) in shapes.items():
            with disk_full_explained(folder.parent):
                open_memmap(folder / name, 'w+', dtype, shape)
            allocate(folder / name)

    from_main_process(make)
    return [open_memmap(folder / name, 'r+') for name in shapes]
