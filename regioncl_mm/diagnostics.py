"""What a run's embeddings look like, beside its loss."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import normalize

from .models import RegionViews


def region_diagnostics(
    q: Tensor, k: Tensor, views: RegionViews | None
) -> dict[str, Tensor]:
    """Mean cosine similarities and the spread of one batch's embeddings.

    Args:
        q: (N, D) unit-length query embeddings.
        k: (N, D) unit-length keys.
        views: The batch's regions; None without a region branch.

    Returns:
        Scalars on the device of ``k``. ``embedding_std`` is the standard
        deviation of a component over the batch, averaged over components:
        about ``1 / sqrt(D)`` for spread embeddings, 0 when they collapse.
    """
    figures = dict(sim_query_key=_mean_cosine(q, k))
    if views is not None:
        canvas, paste = normalize(views.canvas), normalize(views.paste)
        figures.update(
            sim_canvas_key=_mean_cosine(canvas, k[: len(canvas)]),
            sim_paste_key=_mean_cosine(paste, k[views.partner]),
            sim_canvas_paste=_mean_cosine(canvas, paste),
        )
    figures['embedding_std'] = embedding_std(q)
    return figures


def embedding_std(q: Tensor) -> Tensor:
    """The spread alone, as :func:`region_diagnostics` has it."""
    return q.float().std(dim=0).mean()


def _mean_cosine(a: Tensor, b: Tensor) -> Tensor:
    return (a.float() * b.float()).sum(1).mean()
