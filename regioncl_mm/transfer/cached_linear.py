"""Linear classification on cached features of a centre crop."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.dist import get_world_size, is_main_process
from mmengine.evaluator import Evaluator
from mmpretrain.structures import DataSample
from torch import Tensor

from ..evaluation.dataloaders import build_dataloader, feature_dataloaders
from ..evaluation.feature_settings import describe_image_list
from ..evaluation.linear import predict, train_linear
from ..hooks.check_classifier_hook import check_label_fits
from ..utils.files import write_json
from .features import train_and_test_features
from .frozen import frozen_model
from .results import make_results, to_json_numbers
from .source import Source
from .work_dir import PROTOCOL, RESULTS


def check_linear(cfg: Config) -> None:
    """Find that the config is of linear classification.

    Raises:
        ValueError: If it is of anything else.
    """
    if cfg.model.get('type') != 'LinearClassifier':
        raise ValueError(
            '--cached-features is for linear classification, whose '
            f'`model.type` is LinearClassifier; {cfg.filename} has '
            f'{cfg.model.get("type")}'
        )


def run_cached(
    cfg: Config,
    source: Source,
    feature_dir: Path,
    allow_partial: bool = False,
    **about: Any,
) -> dict[str, Any]:
    """Train the config's head, and write ``results.json`` to the work dir.

    Optimizer, schedules and epochs are the config's, and so is the batch: of
    all GPUs that its rate is meant for, ``auto_scale_lr.base_batch_size``,
    else of the processes that there are.

    Args:
        cfg: Its model is a :class:`~regioncl_mm.models.LinearClassifier`.
        source: What its backbone is.
        feature_dir: Folder of all caches.
        allow_partial: See :func:`~.frozen.frozen_model`.
        about: Further entries of the results.

    Returns:
        The results; in all processes but the first an empty dict.

    Raises:
        BackboneMismatchError: If the backbone is not the source's.
        ValueError: If the images to test on have other classes, or labels
            are too large for the head.
    """
    start = time.monotonic()
    if is_main_process():
        print(f'Quick look: {PROTOCOL}.', flush=True)
    model, verified = frozen_model(cfg, source, allow_partial)
    train, test = train_and_test_features(cfg, model, source, feature_dir)
    if not is_main_process():
        return {}
    check_label_fits(model, int(train.labels.max()))
    head, targets = model.head, torch.from_numpy(test.labels)
    best = dict(top1=-1.0)

    def keep_the_best(epoch: int) -> None:
        hits = predict(head, test).argmax(1) == targets
        top1 = 100 * hits.double().mean().item()
        print(f'epoch {epoch}: top-1 {top1:.2f}', flush=True)
        if top1 > best['top1']:
            state = copy.deepcopy(head.state_dict())
            best.update(top1=top1, epoch=epoch, state=state)

    batch_size = cfg.get('auto_scale_lr', {}).get('base_batch_size') or (
        cfg.train_dataloader.batch_size * get_world_size()
    )
    train_linear(
        head,
        train,
        cfg.optim_wrapper,
        cfg.param_scheduler,
        cfg.train_cfg.max_epochs,
        batch_size,
        keep_the_best,
        cfg.randomness.seed,
    )
    data_set = build_dataloader(feature_dataloaders(cfg)[1], 0).dataset
    last = evaluate(cfg, predict(head, test), data_set, test.labels)
    head.load_state_dict(best['state'])
    results = make_results(
        source,
        evaluate(cfg, predict(head, test), data_set, test.labels),
        verified,
        cfg.randomness.seed,
        time.monotonic() - start,
        **about,
        metrics_before=None,
        metrics_last=to_json_numbers(last),
        best_epoch=best['epoch'],
        train_list=describe_image_list(cfg.train_dataloader.dataset),
        protocol=PROTOCOL,
        batch_size=batch_size,
    )
    write_json(Path(cfg.work_dir, RESULTS), results)
    return results


def evaluate(
    cfg: Config, scores: Tensor, data_set: BaseDataset, labels: np.ndarray
) -> dict:
    """The metrics of the config's ``test_evaluator``.

    Args:
        cfg: The config.
        scores: (N, classes), in the order of the data set.
        data_set: The N images, for their names.
        labels: (N,), as they are in the images that were learned from.
    """
    evaluator = Evaluator(copy.deepcopy(cfg.test_evaluator))
    for index, score in enumerate(scores):
        info = data_set.get_data_info(index)
        names = {k: info[k] for k in ('img_path', 'sample_idx') if k in info}
        names.setdefault('sample_idx', index)
        sample = DataSample(metainfo=names)
        sample.set_gt_label(int(labels[index]))
        sample.set_pred_score(score).set_pred_label(int(score.argmax()))
        evaluator.process([sample])
    return evaluator.evaluate(len(scores))
