"""Results of tools/transfer.py, as they are found on the disk."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

KEYS = ('name', 'init', 'method', 'checkpoint', 'verified', 'metrics', 'seed')


class Result(NamedTuple):
    name: str  # of the config
    start: str  # the backbone's hash, 'random' or 'supervised'
    row: str | None  # of the paper's tables, or another method
    experiment: str | None  # the pretraining
    metrics: dict[str, float | None]
    metrics_before: dict[str, float | None]
    seed: int
    remarks: tuple[str, ...]  # why it cannot simply be compared

    @property
    def label(self) -> str:
        """What it started from, for people."""
        if self.experiment is None:
            return self.start
        return f'{self.experiment}, {self.start[:12]}'


def find_results(paths: list[Path]) -> tuple[list[Result], list[str]]:
    """All results in files, and in folders and what is below them.

    Returns:
        The results, and a warning for each file that is none.

    Raises:
        FileNotFoundError: If there is no such file or folder.
    """
    files = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f'there is no {path}')
        found = [path] if path.is_file() else path.rglob('results.json')
        files.update((file.resolve(), file) for file in sorted(found))
    results, warnings = [], []
    for file in files.values():
        try:
            results.append(to_result(json.loads(file.read_text('utf-8'))))
        except (OSError, ValueError) as error:
            warnings.append(f'{file} was left out: {error}')
    return results, warnings


def to_result(content: Any) -> Result:
    """Raises ValueError if it is not what transfer.py writes."""
    if not isinstance(content, dict):
        raise ValueError('it is not a JSON object')
    missing = [key for key in KEYS if key not in content]
    if missing:
        raise ValueError(f'it has no {", ".join(missing)}')
    checkpoint = content['checkpoint'] or {}
    init = content['init']
    rows = dict(random='Rand Init', supervised='Supervised')
    return Result(
        name=content['name'],
        start=checkpoint.get('sha256', init) if init not in rows else init,
        row=rows.get(init, content['method']),
        experiment=None
        if init in rows
        else checkpoint.get('experiment') or checkpoint.get('file'),
        metrics=content['metrics'],
        metrics_before=content.get('metrics_before') or {},
        seed=content['seed'],
        remarks=tuple(remarks(content)),
    )


def remarks(content: dict) -> list[str]:
    found = []
    verified = content['verified']
    if verified and not verified['complete']:
        found.append(
            f'partly loaded, {verified["loaded"]}/{verified["total"]}'
        )
    planned = re.search(r'_(\d+)xb\d+', content['name'])
    processes = content.get('world_size')
    if planned and processes and processes != int(planned[1]):
        found.append(f'{processes} process(es), planned for {planned[1]}')
    options = {
        key: value
        for key, value in content.get('cfg_options', {}).items()
        if key != 'randomness.seed'
    }
    if options:
        settings = ', '.join(f'{k}={v}' for k, v in options.items())
        found.append(f'settings changed: {settings}')
    return found
