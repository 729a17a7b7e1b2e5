"""What is made of a training that has ended."""

from __future__ import annotations

import math
from pathlib import Path

from mmengine.config import Config

from ... import methods
from ...checkpoints import extract_backbone
from ...checkpoints.newest import find_newest
from ...collapse import LEAST_SPREAD
from ...utils.files import read_json, save_figure
from ...utils.places import as_typed
from ..silence import logging_silenced
from .curves import SPREAD, draw_curves, read_scalars, series
from .neighbours import draw_neighbours, find_neighbours
from .page import Made, next_steps, quoted, write_page
from .recipes import RECIPES, find_row, read
from .write import CHOSEN, RECIPE, as_typed_option

BACKBONES = 'backbone'  # the folder in the work dir
PAGE = 'index.html'
COMPOSITES = 'composites.png'
FEW_STEPS = 1000


def finish(config: Path, out: Path) -> None:
    """Export the backbone, and write the page.

    Args:
        config: What was trained.
        out: The work dir.
    """
    checkpoint = find_newest(out).path
    assert checkpoint is not None  # the training has ended
    exported = extract_backbone(checkpoint, out / BACKBONES)
    with logging_silenced():
        cfg = Config.fromfile(config)
    chosen = read_json(out / RECIPE / CHOSEN) or {}
    made = Made(
        checkpoint=checkpoint,
        backbone=exported.path,
        sha256=exported.sha256,
        config=config,
        data_folder=Path(chosen['folder']),
        has_labels='knn_memory_dataloader' in cfg,
        longer=twice_as_long(chosen['flags'], cfg, out),
    )
    stem = config.stem.split('_')[0]
    lines = read_scalars(out, chosen.get('earlier', ()))
    plots = draw_plots(lines, stem, cfg, checkpoint, out)
    remarks = remarks_on(lines, stem, cfg, made)
    title = f'{methods.names_by_stem()[stem]} on {made.data_folder.name}'
    write_page(out / PAGE, title, chosen['said'], remarks, plots, made)
    tell(out, made, remarks)


def draw_plots(
    lines: list[dict], stem: str, cfg: Config, checkpoint: Path, out: Path
) -> dict[str, Path]:
    """Draw the pictures of the page, and name them by their headings."""
    plots = {
        'Losses and the like': out / 'curves.png',
        'Nearest neighbours of a few pictures': out / 'neighbours.png',
    }
    recipe = read(RECIPES[find_row(stem).stem])
    found = find_neighbours(cfg, recipe, checkpoint)
    figures = (draw_curves(lines), draw_neighbours(found))
    for figure, path in zip(figures, plots.values()):
        save_figure(figure, path)
    if (out / COMPOSITES).is_file():
        plots['Two views of a picture, and composites'] = out / COMPOSITES
    return plots


def twice_as_long(flags: dict, cfg: Config, out: Path) -> tuple[str, ...]:
    """The arguments of tools/pretrain.py for the same and more of it."""
    flags = {**flags, 'epochs': 2 * cfg.train_cfg.max_epochs}
    flags['work_dir'] = quoted(out.with_name(f'{out.name}-longer'))
    return tuple(
        as_typed_option(key, value)
        for key, value in flags.items()
        if value is not None
    )


def remarks_on(
    lines: list[dict], stem: str, cfg: Config, made: Made
) -> list[str]:
    """How the training ended, in sentences."""
    found = [
        f'{cfg.train_cfg.max_epochs} epochs of {methods.names_by_stem()[stem]}'
        f' on the pictures in {made.data_folder}.'
    ]
    steps = max(x.get('iter', 0) for x in lines)
    if steps < FEW_STEPS:
        found.append(
            f'These were {steps} steps, from which a backbone learns little: '
            'more epochs, and more pictures, help.'
        )
    if 'queue_len' in cfg.model:
        found.append(
            'The loss rises at first, while the queue fills with keys that '
            'are harder to tell apart than its random start.'
        )
    spread = series(lines, SPREAD)[1]
    if spread:
        even = 1 / math.sqrt(embedding_dim(cfg))
        text = (
            f'The spread of embeddings ended at {spread[-1]:.3f}, and '
            f'{even:.3f} is that of embeddings spread evenly'
        )
        low = spread[-1] < LEAST_SPREAD * even
        found.append(
            f'{text}: they are nearly all alike, and the backbone has '
            'learnt little. A lower rate, more pictures or more epochs may '
            'help.'
            if low
            else f'{text}: nothing has collapsed.'
        )
    for knn in sorted({x for y in lines for x in y if x.startswith('knn')}):
        accuracies = series(lines, knn)[1]
        found.append(
            f'{knn[3:]} neighbours name the class of {accuracies[-1]:.1f} % '
            f'of the pictures that were asked about; {accuracies[0]:.1f} % '
            'before the training.'
        )
    return found


def embedding_dim(cfg: Config) -> int:
    """Dimension of the embeddings that are compared."""
    return cfg.model.neck.out_channels


def tell(out: Path, made: Made, remarks: list[str]) -> None:
    """Print what came out, and what can be done with it."""
    print('\n' + '\n'.join(remarks))
    for what, path in (
        ('page', out / PAGE),
        ('checkpoint', made.checkpoint),
        ('backbone', made.backbone),
        ('', made.backbone.with_suffix('.safetensors')),
        ('config', made.config),
    ):
        print(f'  {what:11}{as_typed(path)}')
    print('\nnext:')
    for words, code in next_steps(made):
        print(f'- {words}:')
        print('\n'.join(f'    {line}' for line in code.splitlines()))
