"""Predictor and contrastive loss of MoBY."""

from __future__ import annotations

from mmpretrain.models.heads import ContrastiveHead
from mmpretrain.registry import MODELS


@MODELS.register_module()
class MoBYHead(ContrastiveHead):
    """A contrastive head with a predictor for the online side.

    Args:
        predictor: Config of the predictor, a neck.
        loss: Config of the loss of logits (N, 1 + K) and labels (N,).
        temperature: Divides every similarity.
    """

    def __init__(
        self,
        predictor: dict,
        loss: dict = dict(type='mmpretrain.CrossEntropyLoss'),
        temperature: float = 0.2,
    ):
        super().__init__(loss=loss, temperature=temperature)
        self.predictor = MODELS.build(predictor)
