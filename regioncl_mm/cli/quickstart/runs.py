"""The quickstart's trainings: which there are, and where each is."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, NamedTuple

from ... import methods
from ...utils.logs import find_logs, read_log
from ...utils.places import as_typed, project_root

CONFIGS = project_root() / 'configs' / 'quickstart'


class Run(NamedTuple):
    """A training with one seed.

    Attributes:
        method: Its name in results, such as ``regioncl_m``.
        label: What tables call it.
        seed: The seed of all random numbers.
        config: The config's file.
        work_dir: A folder of its own.
        cfg_options: Further settings, ``key=value`` each.
    """

    method: str
    label: str
    seed: int
    config: Path
    work_dir: Path
    cfg_options: tuple[str, ...]

    def __str__(self) -> str:
        return f'{self.label}, seed {self.seed}'

    @property
    def options(self) -> list[str]:
        """All settings that differ from the config's."""
        return [f'randomness.seed={self.seed}', *self.cfg_options]

    @property
    def arguments(self) -> list[str]:
        """What tools/train.py is given."""
        return [
            *(str(as_typed(self.config)), '--work-dir', str(self.work_dir)),
            '--anew',
            *('--cfg-options', *self.options),
        ]

    @property
    def scalars_file(self) -> Path:
        """The log of the latest training in the work dir."""
        return max(find_logs(self.work_dir))

    def scalars(self) -> list[dict]:
        """The lines that the latest training logged."""
        return read_log(self.scalars_file)


def pairs(stems: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """The keys of each base method and of its RegionCL version.

    Args:
        stems: Which versions, as their configs' names begin; None for all.

    Raises:
        ValueError: If there is no version of a name.
    """
    rows = {row.stem: row for row in methods.METHODS}
    unknown = [stem for stem in stems or () if stem not in rows]
    if unknown:
        raise ValueError(
            f'there is no method {", ".join(unknown)}; there are '
            + ', '.join(rows)
        )
    return [
        (row.base_key, row.key)
        for row in rows.values()
        if stems is None or row.stem in stems
    ]


def longer_key(base: str) -> str:
    """What a base method is called that trains as long as RegionCL does."""
    return f'{base}_equal_time'


def labels() -> dict[str, str]:
    """What tables call each method, by its key."""
    names = dict(random='random initialisation', **methods.names_by_key())
    for row in methods.METHODS:
        names[longer_key(row.base_key)] = f'{row.base_name}, equal time'
    return names


def schedule(epochs: int) -> tuple[str, ...]:
    """Settings of a run of so many epochs, of any quickstart config."""
    return (
        f'train_cfg.max_epochs={epochs}',
        f'param_scheduler.0.T_max={epochs}',
        f'param_scheduler.0.end={epochs}',
    )


def find_config(method: str) -> Path:
    """The method's config, whatever its number of epochs.

    Args:
        method: Its key, such as ``regioncl_m``.

    Raises:
        ValueError: Unless there is exactly one.
    """
    stems = {methods.to_key(stem): stem for stem in methods.names_by_stem()}
    stem = stems[method]
    found = sorted(CONFIGS.glob(f'{stem}_*.py'))
    if len(found) != 1:
        raise ValueError(
            f'{labels()[method]} needs exactly one config {stem}_*.py in '
            f'{CONFIGS}, which has {len(found)}'
            + ''.join(f'\n  {path.name}' for path in found)
        )
    return found[0]


class Comparison(NamedTuple):
    """What the quickstart compares.

    Attributes:
        pairs: Keys of a base method and of its RegionCL version, each pair
            with the same seeds, data and epochs.
        seeds: Seeds of every method.
        work_dir: The folder of all runs.
        several: Whether there are several pairs or seeds, so that runs go
            side by side and a method's folder has one folder a seed.
    """

    pairs: list[tuple[str, str]]
    seeds: range
    work_dir: Path
    several: bool

    @property
    def first(self) -> tuple[str, str]:
        """The pair that is there in every case."""
        return self.pairs[0]

    def run(
        self, method: str, seed: int, config: Path, options: Iterable[str]
    ) -> Run:
        """One of its runs, in its place."""
        folder = f'seed{seed}' if self.several else ''
        return Run(
            method,
            labels()[method],
            seed,
            config,
            self.work_dir / method / folder,
            tuple(options),
        )


def plan(compared: Comparison, cfg_options: Iterable[str]) -> list[Run]:
    """All runs; those that are compared follow each other.

    Args:
        compared: Which methods and seeds.
        cfg_options: Settings of all runs, as tools/train.py takes them.
    """
    configs = {
        method: find_config(method)
        for pair in compared.pairs
        for method in pair
    }
    return [
        compared.run(method, seed, config, cfg_options)
        for seed in compared.seeds
        for method, config in configs.items()
    ]
