"""Fit a downstream config to a run of transfer learning."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from ..checkpoints.compare import BACKBONE_PATHS


def backbone_configs(cfg: Config) -> list[dict]:
    """The dicts of the model that a pretrained backbone goes to.

    Raises:
        ValueError: If there is no backbone, or the config would replace its
            weights after they were loaded.
    """
    model = cfg.get('model') or {}
    if not isinstance(model.get('backbone'), dict):
        raise ValueError(
            f'{cfg.filename} has no `model.backbone` to put the checkpoint '
            'in; give a config of a detector, a segmentor, a pose estimator '
            'or a classifier'
        )
    if cfg.get('load_from'):
        raise ValueError(
            f'{cfg.filename} has `load_from={cfg.load_from!r}`, which would '
            'replace the weights of the backbone; add `--cfg-options '
            'load_from=None`'
        )
    found = []
    for path in BACKBONE_PATHS:
        node = model
        for key in path.split('.'):
            node = (node or {}).get(key)
        if isinstance(node, dict):
            found.append(node)
    return found


def set_backbone(
    cfg: Config,
    backbones: list[dict],
    path: Path | None,
    allow_partial: bool = False,
) -> None:
    """Have mmengine load the backbone, and a hook prove that it did.

    Args:
        cfg: Changed in place. Whatever it says about pretrained weights of
            the backbone or the whole model goes.
        backbones: The config's own dicts that :func:`backbone_configs` found.
        path: An extracted backbone; ``None`` for random initialisation.
        allow_partial: See :class:`~regioncl_mm.hooks.VerifyBackboneHook`.
    """
    for node in (cfg.model, *backbones):
        node.pop('pretrained', None)
    drop_pretrained(cfg.model)
    for backbone in backbones:
        # Also a list, after which mmpretrain and mmpose zero some norms.
        backbone.pop('init_cfg', None)
        if path is not None:
            backbone['init_cfg'] = dict(
                type='Pretrained', checkpoint=str(path), prefix='backbone.'
            )
    if path is not None:
        hook = dict(
            type='VerifyBackboneHook',
            checkpoint=str(path),
            allow_partial=allow_partial,
        )
        cfg.custom_hooks = [*(cfg.get('custom_hooks') or []), hook]


def drop_pretrained(model: dict) -> None:
    """Take a file of weights for the whole model from its ``init_cfg``.

    Other entries stay: they are how a model begins that has no weights.
    """
    entries = model.pop('init_cfg', None) or []
    entries = entries if isinstance(entries, list) else [entries]
    kept = [entry for entry in entries if entry['type'] != 'Pretrained']
    if kept:
        model['init_cfg'] = kept


def set_default_seed(cfg: Config) -> int:
    """Give a config without a seed the seed 0; return its seed."""
    randomness = cfg.get('randomness') or {}
    if randomness.get('seed') is None:
        cfg.randomness = dict(randomness, seed=0)
    return cfg.randomness.seed


def separate_metric_files(cfg: Config) -> None:
    """Put what a metric writes, and first deletes, into the work dir."""
    for key in ('val_evaluator', 'test_evaluator'):
        metrics = cfg.get(key) or []
        for metric in metrics if isinstance(metrics, list) else [metrics]:
            if metric.get('type') == 'CityScapesMetric':
                metric['outfile_prefix'] = str(
                    Path(cfg.work_dir, 'cityscapes')
                )


def stop_at_non_finite(cfg: Config) -> None:
    """Have a run end when its numbers are no longer finite, unless the config
    has a hook of that name."""
    hooks = cfg.get('default_hooks') or {}
    cfg.default_hooks = {'non_finite': dict(type='NonFiniteHook'), **hooks}
