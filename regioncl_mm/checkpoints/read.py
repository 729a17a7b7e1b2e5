"""Read the tensors of a checkpoint, whoever wrote it, and run none of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from . import inert_pickle
from .candidates import tensors_below
from .find import hash_tensors
from .inert_pickle import CodeInPickleError, Placeholder
from .nested import STATE_DICT_KEYS, state_dict_in
from .plain_pickle import is_plain_pickle, load_plain_pickle
from .rebuild import NotRebuiltError
from .saved_config import backbone_config
from .unreadable import describe_file, first_line, refuse_programs
from .whole import DamagedFileError, check_records


class Checkpoint(NamedTuple):
    """What is read of a checkpoint."""

    tensors: dict[str, Tensor]  # on the CPU, by their names in the file
    experiment: str | None  # the pretraining config's name, where it is known
    # model.backbone of the pretraining config, where the file has it
    backbone: dict[str, Any] | None = None


def load_state_dict(path, trust: bool = False) -> dict[str, Tensor]:
    """The named tensors in a checkpoint; see :func:`load_checkpoint`."""
    return load_checkpoint(path, trust).tensors


def load_checkpoint(path, trust: bool = False) -> Checkpoint:
    """The named tensors in a checkpoint, and whose it is.

    Nothing in the file is executed: of what was pickled only tensors are
    rebuilt. Training checkpoints of mmengine load too, without their logs.

    Args:
        path: A ``.safetensors`` file; or one written by ``torch.save``, or
            by ``pickle`` with numpy's arrays as detectron2 has them: a state
            dict, or a dict that has one as ``state_dict``, ``model`` or
            another of the keys in :mod:`.nested`.
        trust: Unpickle everything, which runs whatever code is in the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a whole checkpoint, has no tensors, or has
            code to run; the message says which.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'{path} is a folder; give a checkpoint in it'
            if path.is_dir()
            else f'there is no file {path}'
        )
    if path.stat().st_size == 0:
        raise ValueError(
            f'{path} is empty: whatever wrote or copied it did not finish; '
            'get it again, or take an earlier checkpoint'
        )
    try:
        if path.suffix == '.safetensors':
            return load_safetensors(path)
        content = torch_load(path, trust)
    except CodeInPickleError as error:
        raise ValueError(
            f'{path} was not loaded: it names `{error}`, which no checkpoint '
            'needs, and `torch.load` would run it. Do not open it with other '
            'tools; get the weights from a source that you trust'
        ) from error
    except (DamagedFileError, NotRebuiltError) as error:
        raise ValueError(f'{path} was not loaded: {error}') from error
    except Exception as error:  # a broken pickle can raise anything
        raise ValueError(
            f'{path} {describe_file(path)} ({first_line(error)})'
        ) from error
    return Checkpoint(
        tensors_in(content, path),
        experiment_in(content),
        backbone_config(meta_in(content).get('cfg')),
    )


def load_safetensors(path: Path) -> Checkpoint:
    """The named tensors in a ``.safetensors`` file.

    Raises:
        DamagedFileError: If it is an extracted backbone that has changed.
    """
    # Here, for pretraining does without the package.
    import safetensors.torch

    with safetensors.safe_open(path, 'pt') as file:
        meta = file.metadata() or {}
    tensors = safetensors.torch.load_file(path)
    # Copies: its tensors lie in the file, and change with it.
    tensors = {name: tensors[name].clone() for name in tensors}
    backbone = tensors_below('backbone.', tensors)
    extracted = 'regioncl_mm_version' in meta
    if extracted and meta['sha256'] != hash_tensors(backbone):
        raise DamagedFileError(
            'its tensors are not those that its `sha256` was taken of; '
            'extract it again'
        )
    return Checkpoint(tensors, experiment_in(dict(meta=meta)))


def meta_in(content: dict) -> dict:
    """What mmengine says of a run."""
    meta = content.get('meta')
    return meta if isinstance(meta, dict) else {}


def experiment_in(content: dict) -> str | None:
    """The name that mmengine gave a run, or what was extracted from it."""
    meta = meta_in(content)
    name = meta.get('experiment', meta.get('experiment_name'))
    if not isinstance(name, str) or not name:
        return None
    return re.sub(r'_\d{8}_\d{6}$', '', name)  # when it began


def torch_load(path: Path, trust: bool) -> Any:
    """Unpickle a file; what is not trusted is inert.

    Raises:
        CodeInPickleError: If it names a function that runs programs.
        DamagedFileError: If it is not what was written.
        ValueError: If it has a format that is refused.
    """
    check_records(path)
    refuse_programs(path)
    if is_plain_pickle(path):
        return load_plain_pickle(path)
    if trust:
        return torch.load(  # nosec B614 # because the user says so
            path, map_location='cpu', weights_only=False
        )
    return torch.load(  # nosec B614 # by a pickle that calls nothing
        path,
        map_location='cpu',
        pickle_module=inert_pickle,
        weights_only=False,
    )


def tensors_in(content: Any, path: Path) -> dict[str, Tensor]:
    """The state dict in what was unpickled, without what is no tensor.

    Raises:
        ValueError: If there is none, or a value in it was left out unread.
    """
    if not isinstance(content, dict):
        kind = getattr(content, 'path', type(content).__name__)
        raise ValueError(
            f'{path} holds a `{kind}`, not named tensors; save its '
            '`state_dict()` instead'
        )
    keys = ', '.join(map(str, list(content)[:10])) or 'none'
    content, nested = state_dict_in(content)
    for name, value in content.items():
        # Anything may lie beside the weights, but not among them.
        if isinstance(value, Placeholder) and (nested or '.' in str(name)):
            raise ValueError(
                f'{path}: `{name}` is a `{value.path}`, which is not read '
                'from files of unknown origin; if you know where this one is '
                'from, use `--trust-checkpoint` (`trust=True`)'
            )
    tensors = {
        name: value
        for name, value in content.items()
        if isinstance(value, Tensor) and isinstance(name, str)
    }
    if not tensors:
        raise ValueError(
            f'{path} has no tensors at its top level or under '
            f'{" or ".join(map(repr, STATE_DICT_KEYS))}; its keys: {keys}'
        )
    return tensors
