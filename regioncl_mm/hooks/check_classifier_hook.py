"""Refuses a classifier that would learn or be tested on other labels."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import HOOKS
from torch import nn

from ..datasets.classes import Classes, largest_label
from ..datasets.labels import use_labels, use_labels_of
from ..evaluation.ready import check_labelled, try_features
from ..models.trial import try_model
from ..utils.random_states import random_states_restored
from ..utils.unread import warn_of_unread


@HOOKS.register_module()
class CheckClassifierHook(Hook):
    """Looks at model, pictures and labels before a classifier is trained.

    The folders of classes that it is validated and tested on must be among
    those that it is trained on, or was; their labels are then those, whichever
    of them are missing. The model is tried on some pictures of each. Of
    models that are no classifiers it looks at nothing.

    Raises:
        ValueError: Before training or a test, if the classes are others, a
            label is missing or too large for the head, the head has fewer
            classes than ``topk`` of a metric, or a part of the model does not
            fit another one or the pictures.
    """

    def __init__(self) -> None:
        self._learned: Classes | None = None

    def before_train(self, runner) -> None:
        """Look at all, and mend the labels to be tested on."""
        self._learned = None  # what is loaded may be a pretraining
        model = _classifier(runner)
        if model is None:
            return
        loader = runner.train_dataloader
        check_labelled(loader.dataset, 'the images to train on')
        check_label_fits(model, largest_label(loader.dataset))
        warn_of_unread(runner, loader.dataset)
        with random_states_restored():
            sample = loader.dataset[0]
        try_model(model, loader.collate_fn([sample, sample]))
        for loop in _later_loops(runner):
            check_topk(model, loop.evaluator)
            tested = loop.dataloader
            for remark in use_labels_of(loader.dataset, tested.dataset):
                runner.logger.warning(remark)
            warn_of_unread(runner, tested.dataset)
            try_features(model, tested)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Read which classes the checkpoint's model has learned."""
        meta = checkpoint.get('meta') or {}
        names = (meta.get('dataset_meta') or {}).get('classes')
        if names:
            labels = {name: i for i, name in enumerate(names)}
            place = 'the data that the checkpoint was trained on'
            self._learned = Classes(labels, place, True)

    def before_test(self, runner) -> None:
        """Mend the labels of a test alone."""
        if self._learned is None or _classifier(runner) is None:
            return
        data_set = runner.test_loop.dataloader.dataset
        for remark in use_labels(self._learned, data_set):
            runner.logger.warning(remark)


def check_label_fits(model: nn.Module, largest: int | None) -> None:
    """Find that a head has a class for the largest label, if that is known.

    Raises:
        ValueError: Naming the setting.
    """
    num_classes = getattr(model.head, 'num_classes', None)
    if largest is not None and num_classes and largest >= num_classes:
        raise ValueError(
            f'the images to train on have labels from 0 to {largest}, and the '
            f'head has {num_classes} classes; set '
            f'`model.head.num_classes={largest + 1}`'
        )


def check_topk(model: nn.Module, evaluator: Any) -> None:
    """Find that no metric looks at more classes than the head has.

    Raises:
        ValueError: Naming the settings.
    """
    num_classes = getattr(model.head, 'num_classes', None)
    for metric in evaluator.metrics:
        largest = max(getattr(metric, 'topk', None) or (1,))
        if num_classes and largest > num_classes:
            raise ValueError(
                f'{type(metric).__name__} has `topk` {largest}, and the head '
                f'{num_classes} classes; set `topk` of `val_evaluator` and '
                '`test_evaluator`'
            )


def _classifier(runner) -> Any:
    model = (
        runner.model.module
        if is_model_wrapper(runner.model)
        else (runner.model)
    )
    has_head = getattr(model, 'head', None) is not None
    return model if isinstance(model, ImageClassifier) and has_head else None


def _later_loops(runner) -> list[Any]:
    """The loops of validation and test, where there are such."""
    loops = []
    if runner._val_loop is not None:
        loops.append(runner.val_loop)
    if runner._test_loop is not None:
        loops.append(runner.test_loop)
    return loops
