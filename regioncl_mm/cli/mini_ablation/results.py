"""One results.json a run."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Collection

from ...transfer.provenance import git_commit, versions
from ...utils.files import read_json, write_json
from ..quickstart.figures import FIGURES, evaluations, seconds_per_epoch
from ..quickstart.runs import Run

RESULTS = 'results.json'


def is_evaluated(run: Run) -> bool:
    """Whether the file is there, and of the training that is there."""
    content = read_json(run.work_dir / RESULTS) or {}
    return content.get('training') == training(run)


def training(run: Run) -> str:
    """The name of the latest training's folder, the time that it began."""
    return run.scalars_file.parents[1].name


def write(run: Run, linear: dict | None) -> None:
    """Join what the training logged to the results of a linear classifier.

    Args:
        run: A finished one.
        linear: The results.json of tools/transfer.py on its backbone, if it
            was classified.
    """
    lines = run.scalars()
    before, *_, after = evaluations(lines)
    figures = {key: after[key] for key in FIGURES}
    if linear is None:
        about = dict(versions=versions(), git_commit=git_commit())
    else:
        about = linear
        figures['linear'] = linear['metrics']['accuracy/top1']
    content = dict(
        about,
        name=f'mini-ablation_{run.method}',
        method=None,
        cfg_options=dict(x.split('=', 1) for x in run.cfg_options),
        seed=run.seed,
        training=training(run),
        metrics=figures,
        metrics_before={key: before[key] for key in FIGURES},
        seconds_per_epoch=round(seconds_per_epoch(lines), 2),
        finished=datetime.now(timezone.utc).isoformat(timespec='seconds'),
    )
    write_json(run.work_dir / RESULTS, content)


def read(
    runs: list[Run], failed: Collection[Run] = ()
) -> dict[str, dict[int, dict]]:
    """Results by variant and seed, those of earlier trainings left out.

    Args:
        runs: All; a variant without any results is there, too.
        failed: Those whose folder has nothing of this call.
    """
    found: dict[str, dict[int, dict]] = {run.method: {} for run in runs}
    for run in runs:
        if run not in failed and is_evaluated(run):
            content = read_json(run.work_dir / RESULTS)
            assert content is not None
            found[run.method][run.seed] = content
    return found
