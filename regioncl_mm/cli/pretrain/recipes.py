"""Which shipped config a method is trained by, and on which backbones."""

from __future__ import annotations

from typing import NamedTuple

from mmengine.config import Config

from ... import methods
from ...utils.places import project_root
from ..silence import logging_silenced
from .backbones import Backbone, kind_of

CONFIGS = project_root() / 'configs' / 'regioncl'
# By the stem of the RegionCL method, the name of a config there. A method of
# the table of methods that has none here cannot be chosen.
RECIPES = {
    'regioncl-m': 'regioncl-m_resnet50_8xb128-coslr-200e_in1k',
    'regioncl-d': 'regioncl-d_resnet50_8xb128-coslr-200e_in1k',
    'regioncl-s': 'regioncl-s_resnet50_8xb64-coslr-100e_in1k',
    'regioncl-m3': 'regioncl-m3_resnet50_8xb512-amp-coslr-100e_in1k',
    'regioncl-moby': 'regioncl-moby_swin-tiny_8xb64-coslr-300e_in1k',
    'regioncl-byol': 'regioncl-byol_resnet50_16xb256-coslr-200e_in1k',
    'regioncl-simclr': 'regioncl-simclr_resnet50_16xb256-coslr-200e_in1k',
    'regioncl-barlow': 'regioncl-barlow_resnet50_8xb256-coslr-300e_in1k',
}
# Transformers, and other backbones without batch norm, are trained by AdamW.
VIT_RECIPE = 'regioncl-m3_vit-small-p16_16xb256-amp-coslr-300e_in1k'
SWIN_RECIPE = RECIPES['regioncl-moby']
DEFAULTS = dict(
    resnet='regioncl-m',
    swin='regioncl-moby',
    vit='regioncl-m3',
    timm='regioncl-m3',
)
# Keys are shuffled among processes by these, and by no other.
SHUFFLING = ('regioncl-m', 'regioncl-d')


class Recipe(NamedTuple):
    """How a method is trained on a backbone.

    Attributes:
        stem: The method's, of RegionCL or of a base.
        row: Its row in the table of methods.
        cfg: The shipped config whose model, views and hooks are taken.
        schedule: That whose optimizer and schedule are; mostly the same.
        published: Whether method and kind of backbone are of one recipe.
    """

    stem: str
    row: methods.Method
    cfg: Config
    schedule: Config
    published: bool

    @property
    def has_regions(self) -> bool:
        """Whether it is RegionCL and not a base method."""
        return self.stem == self.row.stem


def default_method(backbone: str) -> str:
    """The stem of the method for a backbone of this name."""
    return DEFAULTS[kind_of(backbone)]


def find_row(stem: str) -> methods.Method:
    """The row of a method or base method by its stem.

    Raises:
        ValueError: If there is none, or no recipe of it.
    """
    rows = [row for row in methods.METHODS if row.stem in RECIPES]
    for row in rows:
        if stem in (row.stem, row.base_stem):
            return row
    missing = 'recipe for' if stem in methods.names_by_stem() else 'method'
    offered = [x for row in rows for x in (row.base_stem, row.stem)]
    raise ValueError(
        f'there is no {missing} {stem}; --method takes {", ".join(offered)}'
    )


def find_recipe(stem: str, backbone: Backbone) -> Recipe:
    """The recipe of a method on a backbone.

    Raises:
        ValueError: If there is no such method, or it cannot train the
            backbone; names what can.
    """
    row = find_row(stem)
    refuse_unfit(stem, row, backbone)
    own = RECIPES[row.stem]
    schedule = own
    if not backbone.batch_norm:
        if row.stem == 'regioncl-m3':
            own = schedule = VIT_RECIPE
        else:
            schedule = SWIN_RECIPE
    published = own == schedule and backbone.kind in own
    return Recipe(stem, row, read(own), read(schedule), published)


def read(name: str) -> Config:
    """A shipped config."""
    with logging_silenced():
        return Config.fromfile(CONFIGS / f'{name}.py')


def refuse_unfit(stem: str, row: methods.Method, backbone: Backbone) -> None:
    """Raise if a method cannot train a backbone.

    Raises:
        ValueError: Naming the methods and backbones that can be taken.
    """
    name = methods.names_by_stem()[stem]
    if row.stem == 'regioncl-moby' and backbone.batch_norm:
        raise ValueError(
            f'{name} shuffles no keys, so that the batch norm of '
            f'{backbone.name} would tell which key is of which query, and '
            'little would be learnt. Take --method regioncl-m, or '
            '--backbone swin-tiny'
        )
