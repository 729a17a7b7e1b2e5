"""Results of tools/transfer.py, as they are found on the disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from .check import ROWS, check
from .remarks import Remark, remarks


class Result(NamedTuple):
    """One run, and what it was a run of."""

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
        """The checkpoint's hash, empty where there is no checkpoint."""
        return '' if self.start in ROWS else self.start

    @property
    def run(self) -> tuple:
        """Equal for repetitions of one run."""
        return self.name, self.start, self.row, self.remarks, self.seed


def find_results(paths: list[Path]) -> tuple[list[Result], list[str]]:
    """Find all results in files, and in folders and what is below them.

    Of a run that was repeated the one that finished last counts, for each
    metric that it has: kNN with another k has others.

    Returns:
        The results, and a warning for each file that was left out.

    Raises:
        FileNotFoundError: If there is no such file or folder.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f'there is no {path}')
        found = {path} if path.is_file() else path.rglob('results.json')
        files.update((file.resolve(), file) for file in sorted(found))
    runs: dict[tuple, list[tuple[Result, Path]]] = {}
    warnings = []
    for file in files.values():
        try:
            result = to_result(json.loads(file.read_text('utf-8')))
        except (OSError, ValueError) as error:
            warnings.append(f'{file} was left out: {error}')
        else:
            runs.setdefault(result.run, []).append((result, file))
    results = []
    for repeated in runs.values():
        counted, left_out = without_repetitions(repeated)
        results += counted
        warnings += left_out
    return results, warnings


def without_repetitions(
    repeated: list[tuple[Result, Path]],
) -> tuple[list[Result], list[str]]:
    """Of each metric keep that of the run that finished last.

    Args:
        repeated: Results of one run, and their files.

    Returns:
        Those that have metrics left, and a warning for each that lost some.
    """
    results, warnings = [], []
    kept: dict[str, Path] = {}  # by metric
    in_order = sorted(repeated, key=lambda x: x[0].finished)
    for result, file in reversed(in_order):
        again = [name for name in result.metrics if name in kept]
        own = {k: v for k, v in result.metrics.items() if k not in kept}
        if own:
            results.append(result._replace(metrics=own))
        if again:
            what = f'{", ".join(again)} of {file}' if own else file
            warnings.append(
                f'{what} was left out: it is a run of seed {result.seed} as '
                f'is {kept[again[0]]}, which finished last and counts'
            )
        kept.update(dict.fromkeys(own, file))
    return results, warnings


def to_result(content: Any) -> Result:
    """Make a result of a file's content.

    Raises:
        ValueError: If it is not what transfer.py writes.
    """
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
