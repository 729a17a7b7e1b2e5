"""Read a checkpoint to go on training from it, and run nothing of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from . import recording_pickle
from .inert_pickle import CodeInPickleError
from .rebuild import NotRebuiltError, rebuild
from .unreadable import refuse_programs
from .whole import check_records

# torch's own switch, by which it unpickles everything.
TRUST = 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'


def load_from_local(filename: str, map_location: Any = None) -> Any:
    """All that is in a file which mmengine's runner, or ``torch.save``, wrote.

    Tensors, numbers, text, containers, numpy's arrays and mmengine's logs are
    rebuilt. In mmengine's ``CheckpointLoader`` this takes the place of the
    function of this name.

    Args:
        filename: ``~`` stands for the home folder.
        map_location: As in ``torch.load``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file names any other class or function; the message
            has its name. None is imported or called. Or if it is not what was
            written.
    """
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'{filename} can not be found.')
    try:
        check_records(path)
        if os.environ.get(TRUST, '0') in ('1', 'y', 'yes', 'true'):
            return torch.load(  # nosec B614 # because the user says so
                path, map_location, weights_only=False
            )
        return without_programs(read_strictly(path, map_location))
    except CodeInPickleError as error:
        raise ValueError(
            f'{path} was not loaded: it names `{error}`, which no checkpoint '
            'needs and which loading it would run. Do not open it with other '
            'tools; get the file from a source that you trust'
        ) from error
    except NotRebuiltError as error:
        raise ValueError(
            f'{path} was not loaded: {error}, and only tensors, numbers, '
            'text, arrays and the logs of mmengine are read. Use its weights '
            'alone (tools/extract_backbone.py); or, if nobody else can have '
            f'written the file, set {TRUST}=1, which runs any code in it'
        ) from error
    except ValueError as error:
        raise ValueError(f'{path} was not loaded: {error}') from error


def read_strictly(path: Path, map_location: Any = None) -> Any:
    """All that is in a file, if that is what a checkpoint may have.

    Raises:
        CodeInPickleError, NotRebuiltError: If it names anything else.
        ValueError: If it has a format that is refused.
    """
    refuse_programs(path)
    content = torch.load(  # nosec B614 # by a pickle that calls nothing
        path,
        map_location,
        pickle_module=recording_pickle,
        weights_only=False,
    )
    return rebuild(content)


def without_programs(content: Any) -> Any:
    """Without the text that mmengine runs as a config when it resumes.

    It is there in files of mmcv 1, and mmengine looks for numbers of GPUs in
    it; what it saves itself has another name.
    """
    meta = content.get('meta') if isinstance(content, dict) else None
    if isinstance(meta, dict):
        meta.pop('config', None)
    return content
