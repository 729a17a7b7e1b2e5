"""Results of tools/transfer.py, as they are found on the disk."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from .check import ROWS, check


class Remark(NamedTuple):
    """Why a result cannot simply be compared."""

    mark: str
    text: str


class Result(NamedTuple):
    name: str  # of the config
    start: str  # the backbone's hash, 'random' or 'supervised'
    row: str | None  # of the paper's tables, or another method
    experiment: str | None  # the pretraining
    metrics: dict[str, float | None]
    metrics_before: dict[str, float | None]
    metrics_last: dict[str, float | None]  # where `metrics` are the best's
    best_epoch: int | None
    seed: int
    remarks: tuple[Remark, ...]
    finished: str  # ISO 8601, UTC; empty if not known

    @property
    def label(self) -> str:
        """What it started from, for people."""
        if self.experiment is None:
            return self.start
        return f'{self.experiment}, {self.start[:12]}'

    @property
    def sha256(self) -> str:
        """Of the checkpoint; empty where there is none."""
        return '' if self.start in ROWS else self.start

    @property
    def run(self) -> tuple:
        """Equal for repetitions of one run."""
        return self.name, self.start, self.row, self.remarks, self.seed


def find_results(paths: list[Path]) -> tuple[list[Result], list[str]]:
    """All results in files, and in folders and what is below them.

    Of a run that was repeated the one that finished last counts.

    Returns:
        The results, and a warning for each file that was left out.

    Raises:
        FileNotFoundError: If there is no such file or folder.
    """
    files = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f'there is no {path}')
        found = [path] if path.is_file() else path.rglob('results.json')
        files.update((file.resolve(), file) for file in sorted(found))
    runs, warnings = {}, []
    for file in files.values():
        try:
            result = to_result(json.loads(file.read_text('utf-8')))
        except (OSError, ValueError) as error:
            warnings.append(f'{file} was left out: {error}')
        else:
            runs.setdefault(result.run, []).append((result, file))
    results = []
    for repeated in runs.values():
        *earlier, (last, kept) = sorted(repeated, key=lambda x: x[0].finished)
        results.append(last)
        warnings += [
            f'{file} was left out: it is a run of seed {last.seed} as is '
            f'{kept}, which finished last and counts'
            for _, file in earlier
        ]
    return results, warnings


def to_result(content: Any) -> Result:
    """Raises ValueError if it is not what transfer.py writes."""
    check(content)
    init, checkpoint = content['init'], content['checkpoint'] or {}
    own = init not in ROWS
    known = checkpoint.get('experiment') or checkpoint.get('file')
    return Result(
        name=content['name'],
        start=checkpoint['sha256'] if own else init,
        row=content['method'] if own else ROWS[init],
        experiment=known if own else None,
        metrics=content['metrics'],
        metrics_before=content.get('metrics_before') or {},
        metrics_last=content.get('metrics_last') or {},
        best_epoch=content.get('best_epoch'),
        seed=content['seed'],
        remarks=tuple(remarks(content)),
        finished=content.get('finished', ''),
    )


def remarks(content: dict) -> list[Remark]:
    found = []
    options = {
        key: value
        for key, value in (content.get('cfg_options') or {}).items()
        if key != 'randomness.seed'
    }
    if options:
        settings = ', '.join(f'{k}={v}' for k, v in options.items())
        found.append(Remark('*', f'settings changed: {settings}'))
    verified = content['verified']
    if verified and not verified['complete']:
        counts = f'{verified["loaded"]}/{verified["total"]}'
        found.append(Remark('†', f'partly loaded, {counts}'))
    if content.get('protocol'):
        found.append(Remark('§', content['protocol']))
    planned = re.search(r'_(\d+)xb\d+', content['name'])
    processes = content.get('world_size')
    # Cached features are cut into the planned batches; the search has none.
    alike = content.get('protocol') or content.get('knn')
    if planned and processes and not alike and processes != int(planned[1]):
        text = f'{processes} process(es), planned for {planned[1]}'
        found.append(Remark('‡', text))
    return (
        found + of_checkpoint(content['checkpoint'] or {}) + of_data(content)
    )


def of_checkpoint(checkpoint: dict) -> list[Remark]:
    """Other weights than those at the end of a pretraining."""
    found = []
    if checkpoint.get('encoder') == 'momentum':
        found.append(Remark('°', 'momentum encoder'))
    saved = re.fullmatch(r'epoch_(\d+)\.pth', checkpoint.get('file') or '')
    planned = epochs_of(checkpoint.get('experiment'))
    if saved and planned and int(saved[1]) < planned:
        found.append(Remark('~', f'after {saved[1]} of {planned} epochs'))
    return found


def of_data(content: dict) -> list[Remark]:
    """Settings that are no config's; not marked, but told apart."""
    found = []
    knn, listed = content.get('knn'), content.get('train_list')
    if knn:
        text = f'{knn["vote"]} vote'
        if knn['vote'] == 'weighted':
            text += f', temperature {knn["temperature"]}'
        found.append(Remark('', text))
    if listed:
        sha256 = listed['sha256'][:12]
        found.append(Remark('', f'labels of {listed["file"]}, {sha256}'))
    return found


def epochs_of(experiment: str | None) -> int | None:
    """Of pretraining, as the config's name says."""
    found = re.search(r'-(\d+)e_', experiment or '')
    return int(found[1]) if found else None
