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
            has its name. None is imported or called.
    """
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'{filename} can not be found.')
    if os.environ.get(TRUST, '0') in ('1', 'y', 'yes', 'true'):
        return torch.load(path, map_location, weights_only=False)
    try:
        refuse_programs(path)
        content = torch.load(
            path,
            map_location,
            pickle_module=recording_pickle,
            weights_only=False,
        )
        return rebuild(content)
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
