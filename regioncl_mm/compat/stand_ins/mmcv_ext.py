"""``mmcv._ext`` where mmcv is not compiled: a few ops of torchvision's.

Those that the downstream configs call have what mmcv's Python functions pass
to them, and the same results: nms, RoIAlign (average) and the sigmoid focal
loss. Any other op can be imported, since OpenMMLab's packages import many
that they do not call, and raises where it is called.

Rows of boxes are x1, y1, x2, y2, after the number of the image for RoIAlign.
"""

from __future__ import annotations

import torch
from torch import Tensor

from regioncl_mm.compat.focal_loss import focal_loss, focal_loss_gradient

USED: set[str] = set()  # since the process began


def nms(
    bboxes: Tensor, scores: Tensor, iou_threshold: float, offset: int
) -> Tensor:
    """The numbers of the boxes (N, 4) that stay, best score (N,) first.

    ``offset`` is what a box is wider and higher than its corners say: 1 where
    these are the numbers of pixels.
    """
    ops = torchvision_ops('nms')
    if offset:
        bboxes = torch.cat([bboxes[:, :2], bboxes[:, 2:] + offset], 1)
    # mmcv compares with a number of single precision. It matters for boxes
    # whose overlap is the threshold: 0.1 is less in double precision.
    threshold = torch.tensor(iou_threshold, dtype=torch.float32).item()
    # torchvision keeps equal scores in their order; mmcv has them in that of
    # this sort, which does not.
    scores, order = scores.sort(0, descending=True)
    return order[ops.nms(bboxes[order], scores, threshold)]


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``output`` (K, C, height, width) from ``input`` (N, C, H, W) at
    ``rois`` (K, 5)."""
    refuse_maximum(pool_mode)
    output.copy_(
        torchvision_ops('roi_align').roi_align(
            input,
            rois,
            spatial_scale,
            aligned_height,
            aligned_width,
            sampling_ratio,
            aligned,
        )
    )


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Add to ``grad_input`` (N, C, H, W) what comes through ``rois``."""
    refuse_maximum(pool_mode)
    grad_input += torchvision_ops('roi_align')._roi_align_backward(
        grad_output,
        rois,
        spatial_scale,
        aligned_height,
        aligned_width,
        *grad_input.shape,
        sampling_ratio,
        aligned,
    )


def sigmoid_focal_loss_forward(
    input: Tensor,
    target: Tensor,
    weight: Tensor,
    output: Tensor,
    gamma: float,
    alpha: float,
) -> None:
    """Fill ``output`` (N, C): see ``regioncl_mm.compat.focal_loss``."""
    USED.add('sigmoid_focal_loss')
    output.copy_(focal_loss(input, target, weight, gamma, alpha))


def sigmoid_focal_loss_backward(
    input: Tensor,
    target: Tensor,
    weight: Tensor,
    grad_input: Tensor,
    gamma: float,
    alpha: float,
) -> None:
    """Fill ``grad_input`` (N, C)."""
    USED.add('sigmoid_focal_loss')
    grad_input.copy_(focal_loss_gradient(input, target, weight, gamma, alpha))


def get_compiler_version() -> str:
    return 'not compiled'


def get_compiling_cuda_version() -> str:
    return 'not available'


def torchvision_ops(name: str):
    """torchvision's compiled ops, after writing down which is used."""
    import torchvision  # noqa: F401  registers them; only where one is called

    USED.add(name)
    return torch.ops.torchvision


def refuse_maximum(pool_mode: int) -> None:
    if pool_mode != 1:
        raise missing('roi_align with pool_mode="max"')


def missing(op: str) -> NotImplementedError:
    return NotImplementedError(
        f'mmcv is not compiled here, and its op `{op}` has no stand-in: '
        'torchvision has those of nms, RoIAlign and the sigmoid focal loss '
        'alone. To compile mmcv: bash tools/install.sh --compiled'
    )


def __getattr__(name: str):
    if name.startswith('__'):
        raise AttributeError(name)

    def op(*args, **kwargs):
        raise missing(name)

    return op
