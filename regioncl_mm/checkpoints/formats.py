"""Write a backbone as another library reads it."""

from __future__ import annotations

import json
import pickle  # nosec B403 # to write arrays, and to read nothing
from pathlib import Path
from typing import Callable

from torch import Tensor

from ..utils.files import write_bytes, write_text
from .huggingface import huggingface_config
from .save import save_atomically
from .translate import to_library

FORMATS = (
    'mmengine',
    'torchvision',
    'timm',
    'detectron2',
    'huggingface',
    'lightly',
)


def write_format(
    tensors: dict[str, Tensor],
    library: str,
    stem: Path,
    heads: int | None = None,
) -> list[Path]:
    """Write a backbone for a library other than mmengine.

    Args:
        tensors: By mmpretrain's names.
        library: One of ``FORMATS`` but the first.
        stem: Where to write, without an ending; its folder is there.
        heads: As in :func:`~.shapes.config_of`.

    Returns:
        What was written, first what the library is given.

    Raises:
        ValueError: If a tensor has no place in the library's model.
    """
    theirs = {
        # Copies, because a view is saved with all that it is a view of.
        name: tensor.detach().clone().contiguous()
        for name, tensor in to_library(tensors, library).items()
    }
    if library == 'huggingface':
        return write_folder(theirs, huggingface_config(tensors, heads), stem)
    return WRITERS.get(library, write_plain)(theirs, stem)


def write_plain(tensors: dict[str, Tensor], stem: Path) -> list[Path]:
    """A state dict and nothing else."""
    import safetensors.torch

    path, other = (Path(f'{stem}{x}') for x in ('.pth', '.safetensors'))
    save_atomically(tensors, path)
    write_bytes(other, safetensors.torch.save(tensors))
    return [path, other]


def write_detectron2(tensors: dict[str, Tensor], stem: Path) -> list[Path]:
    """What detectron2's checkpointer takes for ``MODEL.WEIGHTS``."""
    content = dict(
        model={name: as_array(tensors[name]) for name in tensors},
        __author__='regioncl_mm',
        matching_heuristics=True,
    )
    # By the name that numpy 1 knows, too: it is text in protocol 3.
    text = pickle.dumps(content, protocol=3).replace(
        b'cnumpy._core.multiarray\n', b'cnumpy.core.multiarray\n'
    )
    path = Path(f'{stem}.pkl')
    write_bytes(path, text)
    return [path]


def as_array(tensor: Tensor):
    """A tensor as numpy's, which has no bfloat16."""
    if tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()
    return tensor.cpu().numpy()


def write_folder(
    tensors: dict[str, Tensor], config: dict, folder: Path
) -> list[Path]:
    """What transformers' ``from_pretrained`` takes."""
    import safetensors.torch

    folder.mkdir(exist_ok=True)
    content = safetensors.torch.save(tensors, dict(format='pt'))
    write_bytes(folder / 'model.safetensors', content)
    write_text(folder / 'config.json', json.dumps(config, indent=2) + '\n')
    return [folder]


WRITERS: dict[str, Callable[[dict[str, Tensor], Path], list[Path]]] = dict(
    detectron2=write_detectron2
)
