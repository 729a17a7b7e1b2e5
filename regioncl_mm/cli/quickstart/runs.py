"""The quickstart's trainings: which there are, and which are done."""

import argparse
import json
import logging
import os
from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config

from ...methods import METHODS, names_by_key
from ...utils import add_run_arguments, load_config
from ...utils.places import project_root

ROOT = project_root()
CONFIGS = ROOT / 'configs' / 'quickstart'

# Each base method with its RegionCL version.
PAIRS = tuple((row.base_key, row.key) for row in METHODS)
LABELS = dict(random='random initialisation', **names_by_key())


class Run(NamedTuple):
    method: str
    label: str
    seed: int
    config: Path
    work_dir: Path
    cfg_options: tuple

    def __str__(self) -> str:
        return f'{self.label}, seed {self.seed}'

    @property
    def arguments(self) -> list:
        """Of tools/train.py, called in the repository's root."""
        return [
            os.path.relpath(self.config, ROOT),
            *('--work-dir', str(self.work_dir), '--cfg-options'),
            *(f'randomness.seed={self.seed}', *self.cfg_options),
        ]

    @property
    def scalars_file(self) -> Path:
        """Of the latest training in the work dir."""
        return max(self.work_dir.glob('*/vis_data/scalars.json'))

    def scalars(self) -> list:
        """The lines that it logged."""
        text = self.scalars_file.read_text()
        return [json.loads(line) for line in text.splitlines()]


def find_config(method: str) -> Path:
    """The method's config, whatever its number of epochs.

    Raises:
        ValueError: Unless there is exactly one.
    """
    # File names say mocov2, not moco-v2.
    name = method.replace('moco_v', 'mocov').replace('_', '-')
    found = sorted(CONFIGS.glob(f'{name}_*.py'))
    if len(found) != 1:
        raise ValueError(
            f'{LABELS[method]} needs exactly one config {name}_*.py in '
            f'{CONFIGS}, which has {len(found)}'
            + ''.join(f'\n  {path.name}' for path in found)
        )
    return found[0]


def plan(pairs, seeds, work_dir: Path, cfg_options, by_seed: bool) -> list:
    """All runs; those that are compared follow each other.

    Args:
        pairs: Methods, the base's and RegionCL's of each pair.
        seeds: Seeds of every method.
        work_dir: The folder of all runs.
        cfg_options: Settings of all runs, as of tools/train.py.
        by_seed: Whether a method's folder has one folder a seed.
    """
    configs = {
        method: find_config(method) for pair in pairs for method in pair
    }
    return [
        Run(
            method,
            LABELS[method],
            seed,
            config,
            work_dir / method / (f'seed{seed}' if by_seed else ''),
            tuple(cfg_options),
        )
        for seed in seeds
        for method, config in configs.items()
    ]


def is_finished(run: Run) -> bool:
    """Whether the latest training in the work dir is this one, and whole.

    That is: its config, with all options, is what would be run now, and the
    last epoch has been evaluated.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    add_run_arguments(parser)
    config, *options = run.arguments
    # mmengine tells of every environment variable that a config reads.
    logging.disable(logging.INFO)
    try:
        evaluated = [x['step'] for x in run.scalars() if 'knn20' in x]
        dumped = run.scalars_file.with_name('config.py')
        trained = Config.fromfile(dumped).to_dict()
        arguments = parser.parse_args([str(ROOT / config), *options])
        wanted = load_config(arguments).to_dict()
    except Exception:
        # Nothing there yet, or cut off while it was written. If an option is
        # wrong, the training says so better.
        return False
    finally:
        logging.disable(logging.NOTSET)
    # The folder may have been moved.
    del trained['work_dir'], wanted['work_dir']
    return trained == wanted and wanted['train_cfg']['max_epochs'] in evaluated
