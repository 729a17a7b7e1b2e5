"""The two views of each image that algorithms compare."""

from __future__ import annotations

from torch import Tensor


def two_views(inputs: list[Tensor]) -> list[Tensor]:
    """The views as they are, if there are two.

    Any other number might train, with the views of other images as positives
    or with a view that is its own key.

    Args:
        inputs: The views of a batch, each (N, C, H, W). A tensor, which is
            what a pipeline without views gives, is one.

    Raises:
        ValueError: If there are not two.
    """
    found = 1 if isinstance(inputs, Tensor) else len(inputs)
    if found != 2:
        raise ValueError(
            'two views of each image are needed, and the batch has '
            f'{found}; in the training pipeline, have `MultiView` make two, '
            'as with `num_views=2`'
        )
    return inputs
