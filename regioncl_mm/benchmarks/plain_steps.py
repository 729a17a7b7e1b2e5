"""The losses of a step of M, D and S by the formulas, nothing shared or saved.

The maths of the paper's Algorithms 1 to 3 with masks of ones and zeros, all
logits laid out, and cross-entropy: what the library must equal, and what its
steps are timed against.

Each takes modules of a model of the library and leaves the model's own
``loss`` aside.

Shapes: N images, D dimensions, K queued keys.
"""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from ..regions import Region
from .plain_regions import composites, masked_means, regions_of


def info_nce(
    anchors: Tensor,
    keys: Tensor,
    queue: Tensor,
    temperature: float,
    rivals: Tensor | None = None,
) -> Tensor:
    """Eq. 1, and with rivals a line of Eq. 2.

    Args:
        anchors: (N, D) unit length.
        keys: (N, D) the positive of each anchor.
        queue: (D, K) the negatives.
        temperature: Divides every similarity.
        rivals: (N, D) a further negative of each anchor.
    """
    logits = [
        torch.einsum('nc,nc->n', anchors, keys).unsqueeze(1),
        torch.einsum('nc,ck->nk', anchors, queue.clone().detach()),
    ]
    if rivals is not None:
        rival = torch.einsum('nc,nc->n', anchors, rivals.detach())
        logits.append(rival.unsqueeze(1))
    scaled = torch.cat(logits, dim=1) / temperature
    labels = torch.zeros(len(scaled), dtype=torch.long, device=scaled.device)
    return cross_entropy(scaled, labels)


def region_loss(
    canvas: Tensor,
    paste: Tensor,
    keys: Tensor,
    queue: Tensor,
    partner: Tensor,
    temperature: float,
) -> Tensor:
    """Eq. 2, the paste views back in the order of their images."""
    source = torch.argsort(partner)
    paste_there, canvas_there = paste[source], canvas[source]
    return (
        info_nce(paste_there, keys, queue, temperature, canvas_there)
        + info_nce(canvas, keys, queue, temperature, paste)
    ) / 2


def losses_m(
    model: nn.Module,
    images: Tensor,
    keys: Tensor,
    region: Region | None,
    partner: Tensor,
) -> dict[str, Tensor]:
    """Algorithm 1 with the keys (N, D)."""
    temperature = model.head.temperature
    q = normalize(model.neck(model.backbone(images))[0], dim=1)
    losses = dict(loss_instance=info_nce(q, keys, model.queue, temperature))
    if region is not None:
        canvas, paste = regions_of(model, images, region, partner)
        losses['loss_region'] = region_loss(
            canvas, paste, keys, model.queue, partner, temperature
        )
    return losses


def losses_d(
    model: nn.Module,
    images: Tensor,
    keys: Sequence[Tensor],
    region: Region | None,
    partner: Tensor,
) -> dict[str, Tensor]:
    """Algorithm 2 with what ``encode_keys`` returns."""
    k_map, k, k_cells, _ = keys
    temperature = model.head.temperature
    features = model.backbone(images)
    vector, cells, _ = model.neck(features)
    q, q_cells = normalize(vector, dim=1), normalize(cells, dim=1)
    q_map = normalize(features[0].flatten(2), dim=1).detach()
    best = torch.einsum('ncs,nct->nst', q_map, k_map).argmax(2)
    best = best.unsqueeze(1).expand(-1, k_cells.size(1), -1)
    positives = torch.gather(k_cells, 2, best)
    dense = info_nce(
        q_cells.permute(0, 2, 1).reshape(-1, q_cells.size(1)),
        positives.permute(0, 2, 1).reshape(-1, q_cells.size(1)),
        model.queue2,
        temperature,
    )
    weight = model.loss_lambda
    instance = info_nce(q, k, model.queue, temperature)
    if region is None:
        return dict(
            loss_instance=(1 - weight) * instance, loss_dense=weight * dense
        )
    canvas, paste = regions_of(model, images, region, partner)
    return dict(
        loss_instance=instance,
        loss_dense=weight / (1 - weight) * dense,
        loss_region=region_loss(
            canvas, paste, k, model.queue, partner, temperature
        ),
    )


def losses_s(
    model: nn.Module,
    views: Sequence[Tensor],
    regions: Sequence[Region | None],
    partner: Tensor,
) -> dict[str, Tensor]:
    """Algorithm 3, both views in turn; a region of each, or None."""

    def encode(
        images: Tensor, region: Region | None
    ) -> tuple[Tensor, Sequence[Tensor]]:
        maps = [model.backbone(images)[-1].mean((2, 3), True)]
        if region is not None:
            mixed = composites(
                images, region, partner, model.region_branch.stride
            )
            maps += masked_means(model.backbone(mixed)[-1], region)
        (z,) = model.neck((torch.cat(maps),))
        (p,) = model.head.predictor((z,))
        parts = len(maps)
        return z.chunk(parts)[0].detach(), p.chunk(parts)

    def cosine(p: Tensor, z: Tensor) -> Tensor:
        return -(normalize(p, dim=1) * normalize(z, dim=1)).sum(1).mean()

    sides = [encode(view, r) for view, r in zip(views, regions)]
    instance = region = torch.zeros((), device=partner.device)
    for (_, parts), (z, _) in zip(sides, sides[::-1]):
        instance = instance + cosine(parts[0], z) / 2
        if len(parts) > 1:
            both = cosine(parts[1], z) + cosine(parts[2], z[partner])
            region = region + both / 4
    losses = dict(loss_instance=instance)
    if len(sides[0][1]) > 1:
        losses['loss_region'] = region
    return losses
