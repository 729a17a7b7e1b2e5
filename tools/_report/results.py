"""Results of tools/transfer.py, as they are found on the disk."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any, NamedTuple

# Rows of the paper's tables that need no checkpoint of ours.
ROWS = {'random': 'Rand Init', 'supervised': 'Supervised'}
# How a run is told from others; it makes no other task of it.
SEED = 'randomness.seed'


class Result(NamedTuple):
    config: str  # its name
    method: str | None  # a row of the paper's tables, or another name
    sha256: str | None  # of the backbone
    experiment: str | None  # the pretraining, or the checkpoint's file
    metrics: dict[str, float | None]
    metrics_before: dict[str, float | None]
    seed: int
    changed: str  # settings that are not the config's
    loaded: str  # such as '300/318' if not all was

    @property
    def label(self) -> str:
        """What it started from, for people."""
        if self.sha256 is None:
            return 'random initialisation'
        return f'{self.experiment or "checkpoint"} {self.sha256[:12]}'


def find_results(paths: list[Path]) -> tuple[list[Result], list[str]]:
    """All results in files, and in folders and what is below them.

    Returns:
        The results, and a warning for each file that is none.

    Raises:
        FileNotFoundError: If there is no such file or folder.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(
                f'there is no {path}; give folders with results of '
                'tools/transfer.py, such as work_dirs/transfer'
            )
        found = [path] if path.is_file() else path.rglob('results.json')
        for file in sorted(found):
            files.setdefault(file.resolve(), file)
    results, warnings = [], []
    for file in files.values():
        try:
            result = to_result(read(file))
        except (OSError, ValueError) as error:
            warnings.append(f'{file} was left out: {error}')
            continue
        if result not in results:  # else a copy of the same run
            results.append(result)
    return results, warnings


def read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f'it is not JSON ({error})') from None


def to_result(content: Any) -> Result:
    """
    Raises:
        ValueError: If it is not what transfer.py writes.
    """
    if not isinstance(content, dict):
        raise ValueError('it is not a JSON object')
    checkpoint = entry(content, 'checkpoint', (dict, type(None))) or {}
    method = entry(content, 'method', (str, type(None)))
    init = entry(content, 'init', (str,))
    if init != 'random':
        entry(checkpoint, 'sha256', (str,))
    return Result(
        config=entry(content, 'name', (str,)),
        method=ROWS.get(init, method),
        sha256=checkpoint.get('sha256'),
        experiment=checkpoint.get('experiment') or checkpoint.get('file'),
        metrics=numbers(entry(content, 'metrics', (dict,))),
        metrics_before=numbers(
            entry(content, 'metrics_before', (dict, type(None))) or {}
        ),
        seed=entry(content, 'seed', (int,)),
        changed=changed(content),
        loaded=loaded(content),
    )


def entry(content: dict, key: str, types: tuple) -> Any:
    if key not in content:
        raise ValueError(f'it has no "{key}"')
    if not isinstance(content[key], types):
        raise ValueError(f'its "{key}" is {content[key]!r}')
    return content[key]


def numbers(metrics: dict) -> dict[str, float | None]:
    """None where there is no number."""
    for name, value in metrics.items():
        if not isinstance(value, (int, float, type(None))):
            raise ValueError(f'its metric "{name}" is {value!r}')
    return {
        name: None if value is None or math.isnan(value) else value
        for name, value in metrics.items()
    }


def changed(content: dict) -> str:
    """What differs from the config, and from the GPUs in its name."""
    options = entry(content, 'cfg_options', (dict, type(None))) or {}
    found = [f'{k}={v}' for k, v in options.items() if k != SEED]
    promised = re.search(r'_(\d+)xb\d', content['name'])
    processes = content.get('world_size')
    if promised and processes and processes != int(promised[1]):
        found.append(f'{processes} in place of {promised[1]} GPUs')
    return ', '.join(found)


def loaded(content: dict) -> str:
    verified = entry(content, 'verified', (dict, type(None)))
    if verified is None or entry(verified, 'complete', (bool,)):
        return ''
    return '/'.join(str(verified.get(key)) for key in ('loaded', 'total'))
