"""Linear classification: a layer on features that do not change."""

from __future__ import annotations

from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS


@MODELS.register_module()
class LinearClassifier(ImageClassifier):
    """mmpretrain's classifier on a frozen backbone, whatever its type.

    The backbone has no gradient and is always in evaluation mode: running
    statistics stay, nothing is dropped (paper, section 4.1). ``frozen_stages``
    is not that for every backbone, and of some it takes hold only when the
    training has begun, too late for distributed training.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.backbone.requires_grad_(False)

    def train(self, mode: bool = True) -> LinearClassifier:
        """Switch the mode of all but the backbone."""
        super().train(mode)
        self.backbone.eval()
        return self
