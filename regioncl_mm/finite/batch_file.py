"""The batch of a step that went wrong, in a file for a look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..utils.files import write_atomically


def image_names(batch: Any) -> list[str]:
    """The paths of a batch's images, or else their places in the data set.

    Args:
        batch: What the loader made, with ``data_samples``; without any the
            list is empty.
    """
    samples = batch.get('data_samples') if isinstance(batch, dict) else None
    return [_name(sample) for sample in samples or ()]


def _name(sample: Any) -> str:
    for key in ('img_path', 'sample_idx', 'img_id'):
        if key in sample:
            name = sample.get(key)
            return name if isinstance(name, str) else f'image {name}'
    return 'an image without a name'


def keep_batch(path: Path, batch: Any, **about: Any) -> None:
    """Write a batch's images and what is known of them.

    Args:
        path: The file; its folder is made. :func:`torch.load` reads it with
            ``weights_only=True``.
        batch: What the loader made.
        about: Numbers, texts and lists of them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs = batch.get('inputs') if isinstance(batch, dict) else None
    content = dict(about, images=image_names(batch), inputs=inputs)
    write_atomically(path, lambda to: torch.save(content, to))
