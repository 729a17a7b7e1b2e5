"""The commands that fill a cell of a table."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from ..utils.places import project_root
from .tables import WITHOUT_CHECKPOINT, Table


@lru_cache(maxsize=None)
def pretraining_configs() -> dict[str, Path]:
    """The pretraining configs that the tables tell apart, by their names."""
    folder = project_root() / 'configs' / 'regioncl'
    return {path.stem: path for path in folder.rglob('*.py')}


def how_to_run(table: Table, row: str, index: int) -> str:
    """The command that fills a cell of ours, from a CHECKPOINT."""
    config = f'configs/{table.config(row, index)}.py'
    checkpoint = WITHOUT_CHECKPOINT.get(row, 'CHECKPOINT')
    tool = 'knn' if '-knn_' in config else 'transfer'
    return f'bash tools/dist_{tool}.sh {config} {checkpoint} 8'


def how_to_pretrain(table: Table, row: str, index: int) -> str | None:
    """The command that makes the CHECKPOINT, if it needs one."""
    stem = table.pretrained(row, index)
    if stem is None:
        return None
    gpus = re.findall(r'_(\d+)xb', stem)[0]
    relative = pretraining_configs()[stem].relative_to(project_root())
    return f'bash tools/dist_train.sh {relative} {gpus}'
