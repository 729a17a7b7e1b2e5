"""Every method, one row each: what tables, hooks, tools and tests ask.

A new method is a file with its algorithm and a row here.
"""

from __future__ import annotations

from typing import NamedTuple


class Method(NamedTuple):
    """A RegionCL method and the base method that it is compared with.

    Attributes:
        stem: First part of its configs' names, as ``regioncl-m_resnet50_…``.
        name: What the paper, and so every table, calls it.
        algorithm: The registered class.
        base_stem: First part of the names of the base method's configs.
        base_name: What tables call the base method.
        base: The registered class of the base method.
        momentum: The attribute of both classes that holds the momentum
            encoder, None if there is none.
    """

    stem: str
    name: str
    algorithm: str
    base_stem: str
    base_name: str
    base: str
    momentum: str | None

    @property
    def key(self) -> str:
        """Its name in folders and in results, such as ``regioncl_m``."""
        return to_key(self.stem)

    @property
    def base_key(self) -> str:
        """The base method's name in folders and results, as ``moco_v2``."""
        return to_key(self.base_stem)


METHODS = (
    Method(
        'regioncl-m',
        'RegionCL-M',
        'RegionCLM',
        'mocov2',
        'MoCo v2',
        'MoCo',
        'encoder_k',
    ),
    Method(
        'regioncl-d',
        'RegionCL-D',
        'RegionCLD',
        'densecl',
        'DenseCL',
        'DenseCL',
        'encoder_k',
    ),
    Method(
        'regioncl-s',
        'RegionCL-S',
        'RegionCLS',
        'simsiam',
        'SimSiam',
        'SimSiam',
        None,
    ),
    Method(
        'regioncl-m3',
        'RegionCL-M3',
        'RegionCLM3',
        'mocov3',
        'MoCo v3',
        'MoCoV3',
        'momentum_encoder',
    ),
    Method(
        'regioncl-moby',
        'RegionCL + MoBY',
        'RegionCLMoBY',
        'moby',
        'MoBY',
        'MoBY',
        'encoder_k',
    ),
    Method(
        'regioncl-byol',
        'RegionCL + BYOL',
        'RegionCLBYOL',
        'byol',
        'BYOL',
        'BYOL',
        'target_net',
    ),
    Method(
        'regioncl-simclr',
        'RegionCL + SimCLR',
        'RegionCLSimCLR',
        'simclr',
        'SimCLR',
        'SimCLR',
        None,
    ),
    Method(
        'regioncl-barlow',
        'RegionCL + Barlow Twins',
        'RegionCLBarlow',
        'barlowtwins',
        'Barlow Twins',
        'BarlowTwins',
        None,
    ),
)


def to_key(stem: str) -> str:
    """A config stem as a name in folders: ``mocov2`` is ``moco_v2``."""
    return stem.replace('mocov', 'moco_v').replace('-', '_')


def names_by_stem() -> dict[str, str]:
    """The name of every method, base methods too, by its config stem."""
    names = {}
    for row in METHODS:
        names[row.base_stem] = row.base_name
        names[row.stem] = row.name
    return names


def names_by_key() -> dict[str, str]:
    """The name of every method, base methods too, by its key."""
    return {to_key(stem): name for stem, name in names_by_stem().items()}


def method_of_experiment(experiment: str | None) -> str | None:
    """The name of the method that a pretraining config is of.

    Args:
        experiment: The config's name, such as
            ``regioncl-m_resnet50_8xb128-coslr-200e_in1k``.
    """
    return names_by_stem().get((experiment or '').split('_')[0])


def momentum_attributes() -> list[str]:
    """Every attribute that holds a method's momentum encoder, each once."""
    return list(dict.fromkeys(x.momentum for x in METHODS if x.momentum))


def has_known_loss(algorithm: type) -> bool:
    """Whether a class has the loss of a method or base method.

    A subclass that brings a loss of its own has another, which may call
    backbone and neck in ways that nothing here knows.
    """
    owner = next((x for x in algorithm.__mro__ if 'loss' in vars(x)), object)
    known = {name for row in METHODS for name in (row.algorithm, row.base)}
    return owner.__name__ in known
