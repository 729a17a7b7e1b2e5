"""Write a checkpoint's backbone to a file of its own.

The file holds tensors only, so that every version of torch and each of the
OpenMMLab libraries reads it, and is named after what is in it.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Callable, NamedTuple

import torch
from torch import Tensor

from ..version import __version__
from .find import find_backbone, hash_tensors
from .read import load_checkpoint, load_state_dict

PREFIX = 'backbone.'
HASH_DIGITS = 12  # in file names


class Extracted(NamedTuple):
    """A backbone on its own; ``path`` and ``safetensors_path`` hold the same
    tensors, whose names start with ``backbone.``"""

    path: Path
    safetensors_path: Path
    sha256: str  # of the tensors, not of a file
    num_tensors: int
    num_values: int
    encoder: str  # 'online' or 'momentum'
    prefix: str  # what the names started with in the checkpoint
    experiment: str | None  # the pretraining config, where it is known
    reused: bool  # both files were there already


def extract_backbone(
    checkpoint, out_dir, encoder: str = 'online', trust: bool = False
) -> Extracted:
    """Write ``backbone-<hash>.pth`` and ``.safetensors`` to a folder.

    The hash is over the backbone's tensors: the same weights give the same
    name whatever file they came from, and are not written twice. Read them
    with ``init_cfg=dict(type='Pretrained', checkpoint=…,
    prefix='backbone.')``.

    Args:
        checkpoint: What :func:`load_state_dict` reads.
        out_dir: Folder to write to, made if it is not there.
        encoder: ``'online'`` or ``'momentum'``.
        trust: Run what code the checkpoint has; see :func:`load_state_dict`.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If it cannot be read or has no such backbone.
    """
    checkpoint, out_dir = Path(checkpoint), Path(out_dir)
    loaded = load_checkpoint(checkpoint, trust)
    try:
        tensors, prefix = find_backbone(loaded.tensors, encoder)
    except ValueError as error:
        raise ValueError(f'{checkpoint}: {error}') from None
    sha256 = hash_tensors(tensors)
    path = out_dir / f'backbone-{sha256[:HASH_DIGITS]}.pth'
    # Copies, because a view is saved with all that it is a view of.
    state_dict = {
        PREFIX + name: tensor.detach().clone().contiguous()
        for name, tensor in tensors.items()
    }
    meta = dict(
        source=checkpoint.name,
        encoder=encoder,
        prefix=prefix,
        num_tensors=len(tensors),
        sha256=sha256,
        experiment=loaded.experiment or '',
        regioncl_mm_version=__version__,
    )

    def write_torch(to):
        torch.save(dict(state_dict=state_dict, meta=meta), to)

    def write_safetensors(to):
        # Here, for pretraining does without the package.
        import safetensors.torch

        metadata = {name: str(value) for name, value in meta.items()}
        safetensors.torch.save_file(state_dict, to, metadata)

    files = {
        path: write_torch,
        path.with_suffix('.safetensors'): write_safetensors,
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    missing = [file for file in files if not holds(file, sha256)]
    for file in missing:
        write_whole(file, files[file])
    return Extracted(
        *files,
        sha256=sha256,
        num_tensors=len(tensors),
        num_values=sum(map(Tensor.numel, tensors.values())),
        encoder=encoder,
        prefix=prefix,
        experiment=loaded.experiment,
        reused=not missing,
    )


def holds(path: Path, sha256: str) -> bool:
    """Whether the file is there and has the backbone of this hash."""
    try:
        tensors, _ = find_backbone(load_state_dict(path))
    except (FileNotFoundError, ValueError):
        return False
    return hash_tensors(tensors) == sha256


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Write under another name first: ``path`` is whole or not there."""
    partial = path.with_name(f'.{path.name}.{uuid.uuid4().hex}.part')
    try:
        write(partial)
        os.replace(partial, path)
    finally:
        if partial.exists():
            partial.unlink()
