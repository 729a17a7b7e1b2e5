"""Write a checkpoint's backbone to a file of its own.

The file holds tensors only, so that every version of torch and each of the
OpenMMLab libraries reads it, and is named after what is in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from ..utils.files import write_bytes
from ..version import __version__
from .find import find_backbone, hash_tensors
from .read import load_checkpoint, load_state_dict
from .save import save_atomically
from .training import read_strictly
from .whole import check_records

PREFIX = 'backbone.'
HASH_DIGITS = 12  # in file names


class Extracted(NamedTuple):
    """A backbone on its own.

    ``path`` and ``safetensors_path`` hold the same tensors, whose names start
    with ``backbone.``
    """

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
    meta = dict(
        source=checkpoint.name,
        encoder=encoder,
        prefix=prefix,
        num_tensors=len(tensors),
        sha256=sha256,
        experiment=loaded.experiment or '',
        regioncl_mm_version=__version__,
    )
    paths, reused = write_backbone(tensors, meta, out_dir)
    return Extracted(
        *paths,
        sha256=sha256,
        num_tensors=len(tensors),
        num_values=sum(map(Tensor.numel, tensors.values())),
        encoder=encoder,
        prefix=prefix,
        experiment=loaded.experiment,
        reused=reused,
    )


def write_backbone(
    tensors: dict[str, Tensor], meta: dict[str, Any], out_dir: Path
) -> tuple[tuple[Path, Path], bool]:
    """Write both files, unless they are there and whole.

    Args:
        tensors: The backbone's, by its own names.
        meta: What is known of them, ``sha256`` included; goes into the files.
        out_dir: Folder to write to, made if it is not there.

    Returns:
        The paths, torch's before that of safetensors, and whether both were
        there already.
    """
    # Copies, because a view is saved with all that it is a view of.
    state_dict = {
        PREFIX + name: tensor.detach().clone().contiguous()
        for name, tensor in tensors.items()
    }

    def write_torch(to: Path) -> None:
        save_atomically(dict(state_dict=state_dict, meta=meta), to)

    def write_safetensors(to: Path) -> None:
        # Here, for pretraining does without the package.
        import safetensors.torch

        metadata = {name: str(value) for name, value in meta.items()}
        write_bytes(to, safetensors.torch.save(state_dict, metadata))

    path = out_dir / f'backbone-{meta["sha256"][:HASH_DIGITS]}.pth'
    paths = path, path.with_suffix('.safetensors')
    out_dir.mkdir(parents=True, exist_ok=True)
    reused = True
    for file, write in zip(paths, (write_torch, write_safetensors)):
        if not has_backbone(file, meta['sha256']):
            write(file)
            reused = False
    return paths, reused


def has_backbone(path: Path, sha256: str) -> bool:
    """Whether the file is what :func:`write_backbone` writes, and no more.

    What else is in a file of this name may be for whoever loads it to run.
    """
    try:
        if path.suffix == '.safetensors':
            tensors = load_state_dict(path)
        else:
            check_records(path)
            content = read_strictly(path, 'cpu')
            if set(content) != {'state_dict', 'meta'}:
                return False
            tensors = content['state_dict']
        names = [name.startswith(PREFIX) for name in tensors]
        return all(names) and sha256 == hash_tensors(
            {name[len(PREFIX) :]: tensors[name] for name in tensors}
        )
    except Exception:  # a broken pickle can raise anything
        return False
