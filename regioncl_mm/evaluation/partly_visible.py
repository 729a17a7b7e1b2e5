"""Images of which a part is seen, which is what regions are trained for."""

from __future__ import annotations

from typing import NamedTuple

import torch
from mmengine.dist import get_rank
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.utils.data import DataLoader

from ..models.region_branch.feature_map import feature_map
from ..models.region_branch.norm_of_means import norm_of_means
from ..regions import (
    image_grid,
    pool_regions,
    sample_region,
    swap_partners,
    swap_regions,
)
from .features import labelled_batches, num_images, positions

IMAGES_A_RECTANGLE = 50  # about so many share one
SEED = 0  # of composites: the same for whatever is compared


class PartlyVisible(NamedTuple):
    """How composites are made for an evaluation.

    Attributes:
        stride: Pixels a cell is wide, the backbone's downsampling ratio.
        min_cells: Shortest side of a rectangle, in cells.
        max_cells: Longest side, in cells, inclusive.
    """

    stride: int = 32
    min_cells: int = 3
    max_cells: int = 5


@torch.no_grad()
def extract_region_features(
    model: nn.Module, loader: DataLoader, settings: PartlyVisible
) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
    """Features of both regions of composites, of this process's share.

    Composites are made as in training (paper, section 3.1) and pooled by
    their mask, whatever the model was trained with. Rectangles have a seed of
    their own: all models see the same composites.

    Args:
        model: A self-supervised model or a classifier of mmpretrain.
        loader: See :func:`~regioncl_mm.evaluation.extract_features`; in a
            random order, for the regions of a composite come from images
            that are near each other.
        settings: How composites are made.

    Returns:
        For ``'canvas'`` and for ``'paste'`` what ``extract_features``
        returns: features (n, D) of unit length, labels (n,) of the images
        that the regions came from, and a mask (n,) that is False for repeated
        samples. An image that is alone in its batch has no composite.

    Raises:
        ValueError: If images do not split into cells, a rectangle may leave
            no canvas, or the backbone returns no map of that many cells.
    """
    labels = torch.tensor([], dtype=torch.long)
    found: dict[str, list[tuple[Tensor, Tensor]]] = dict(canvas=[], paste=[])
    with torch.random.fork_rng(devices=[]):
        # Rectangles are drawn on the host. `torch.manual_seed` would seed
        # the training's generators of devices, which are not put back.
        torch.default_generator.manual_seed(SEED + get_rank())
        for images, own in labelled_batches(model, loader):
            rows = torch.arange(len(own)) + len(labels)
            labels = torch.cat((labels, own.cpu()))
            parts = max(len(images) // IMAGES_A_RECTANGLE, 1)
            for some, of in zip(
                images.tensor_split(parts), rows.tensor_split(parts)
            ):
                # One that is left over; where all are alone, it is said.
                if len(some) > 1 or not found['canvas']:
                    canvas, paste, partner = region_features(
                        model, some, settings
                    )
                    found['canvas'].append((canvas, of))
                    found['paste'].append((paste, of[partner]))
    genuine = positions(len(labels)) < num_images(loader)
    result = {}
    for name, pairs in found.items():
        features, sources = (torch.cat(parts) for parts in zip(*pairs))
        result[name] = (
            normalize(features),
            labels[sources].to(features.device),
            genuine[sources].to(features.device),
        )
    return result


def region_features(
    model: nn.Module, images: Tensor, settings: PartlyVisible
) -> tuple[Tensor, Tensor, Tensor]:
    """Features of both regions of composites that share a rectangle.

    Args:
        model: In evaluation mode, with a ``backbone``.
        images: (n, C, H, W), n at least 2, as the backbone takes them.
        settings: How composites are made.

    Returns:
        Canvas and paste, (n, D) each, and whose the paste is, (n,).

    Raises:
        ValueError: As :func:`extract_region_features`.
    """
    stride = settings.stride
    region = sample_region(
        image_grid(images, stride), settings.min_cells, settings.max_cells
    )
    partner = swap_partners(len(images))
    composites = swap_regions(
        images, region, stride, partner.to(images.device)
    )
    maps = feature_map(composites, model.backbone, stride)
    norm = norm_of_means(model.backbone)
    canvas, paste = map(norm, pool_regions(maps.float(), region))
    return canvas.flatten(1), paste.flatten(1), partner
