"""RegionCL written out, image by image and mask by mask, for comparison."""

import torch
from torch.nn.functional import normalize

STRIDE = 4


def composites(images, region, partner):
    """Section 3.1: each image with the rectangle of its partner."""
    top, left = STRIDE * region.top, STRIDE * region.left
    bottom, right = (
        top + STRIDE * region.height,
        left + STRIDE * region.width,
    )
    result = images.clone()
    for i, j in enumerate(partner.tolist()):
        result[i, :, top:bottom, left:right] = images[
            j, :, top:bottom, left:right
        ]
    return result


def pooled(features, region=None):
    """Average pooling (N, C); with a region mask pooling: canvas, paste."""
    if region is None:
        return features.mean((2, 3))
    inside = torch.zeros(features.shape[2:], dtype=features.dtype)
    for row in range(region.top, region.top + region.height):
        for column in range(region.left, region.left + region.width):
            inside[row, column] = 1
    return [
        (features * mask).sum((2, 3)) / mask.sum()
        for mask in (1 - inside, inside)
    ]


def info_nce(anchors, keys, negatives, temperature, rivals=None):
    """Eq. 1, and with rivals a line of Eq. 2, by loops over rows.

    ``negatives`` is (D, K), or a list of (D, K_i), one a row.
    """
    losses = []
    for i, anchor in enumerate(anchors):
        others = negatives[i] if isinstance(negatives, list) else negatives
        logits = [(anchor @ keys[i])[None], anchor @ others]
        if rivals is not None:
            logits.append((anchor @ rivals[i].detach())[None])
        logits = torch.cat(logits) / temperature
        losses.append(-logits[0] + logits.exp().sum().log())
    return torch.stack(losses).mean()


def region_loss(canvas, paste, keys, negatives, partner, temperature):
    """Eq. 2 of features not yet normalised."""
    canvas, paste = normalize(canvas), normalize(paste)
    of_paste = negatives
    if isinstance(negatives, list):
        of_paste = [negatives[j] for j in partner.tolist()]
    return (
        info_nce(paste, keys[partner], of_paste, temperature, canvas)
        + info_nce(canvas, keys, negatives, temperature, paste)
    ) / 2


def assert_same_gradients(model, reference, **tolerance):
    compared = 0
    others = dict(reference.named_parameters())
    for name, parameter in model.named_parameters():
        if parameter.grad is None:
            assert others[name].grad is None, name
            continue
        torch.testing.assert_close(
            parameter.grad, others[name].grad, msg=name, **tolerance
        )
        compared += 1
    assert compared > 10
