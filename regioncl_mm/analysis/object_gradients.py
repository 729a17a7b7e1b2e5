"""Figure 4 for runs of one's own (tools/analysis/object_gradients.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..report.plots import GRADIENTS, gradients, save
from ..utils.files import write_json
from .boxes import Picture, read_boxes
from .gradients import measure
from .runs import Run, input_size, read_run


def measure_runs(
    names: list[str],
    ann_file: Path,
    prefix: Path,
    out: Path,
    num_images: int = 256,
    batch_size: int = 32,
    size: int | None = None,
    seed: int = 0,
) -> None:
    """Measure every checkpoint of the runs, write the numbers and draw them.

    Args:
        names: Work dirs of pretraining, or ``NAME=FOLDER``.
        ann_file: Boxes, as COCO has them.
        prefix: The folder of the pictures.
        out: The folder that gets the numbers and the picture.
        num_images: The first so many pictures with boxes are taken.
        batch_size: How many pictures make a step.
        size: The side of the images in pixels. The default is what the run
            was trained on.
        seed: What decides keys and rectangles.

    Raises:
        OSError: If a file cannot be read or written.
        RuntimeError: If a checkpoint is not one of its run's config.
        ValueError: If a run, the boxes or a picture are not what they should
            be.
    """
    pictures = read_boxes(ann_file, prefix)[:num_images]
    runs = [read_run(name) for name in names]
    content = dict(
        runs=[curve(run, pictures, batch_size, size, seed) for run in runs],
        unit='mean |d loss / d input|',
        ann_file=ann_file.name,
        num_images=len(pictures),
        batch_size=batch_size,
        seed=seed,
    )
    out.mkdir(parents=True, exist_ok=True)
    path = out / GRADIENTS
    write_json(path, content)
    picture = path.with_suffix('.png')
    save(gradients(content), picture)
    print(f'wrote {path} and {picture}')


def curve(
    run: Run,
    pictures: list[Picture],
    batch_size: int,
    size: int | None,
    seed: int,
) -> dict[str, Any]:
    """What the JSON has of a run."""
    size = size or input_size(run.cfg)
    found = {}
    for epoch, checkpoint in run.checkpoints.items():
        inside, outside, count = measure(
            run.cfg, checkpoint, pictures, size, batch_size, seed
        )
        found[epoch] = (inside, outside)
        print(
            f'{run.name}, epoch {epoch}: {inside:.4g} inside, {outside:.4g} '
            f'outside of objects ({count} images)',
            flush=True,
        )
    return dict(
        name=run.name,
        epochs=list(found),
        inside=[pair[0] for pair in found.values()],
        outside=[pair[1] for pair in found.values()],
        knn_epochs=list(run.knn),
        knn20=list(run.knn.values()),
    )
