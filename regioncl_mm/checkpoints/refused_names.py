"""Why a tensor has no place in another library's backbone, in words."""

from __future__ import annotations

import re

from torch import Tensor

MAX_NAMES = 4  # in one message

# By what a name has, the reason; the first that fits.
REASONS = (
    (r'^stem\.|^conv1\.[036]\.', 'the deep stem of ResNetV1c and V1d'),
    (r'downsample\.2\.', 'the pooled shortcuts of ResNetV1d'),
    (r'shortcut$|\.se\.|\.se_', 'an SE-ResNet'),
    (r'register_tokens|reg_token', 'register tokens, which it has not got'),
    (r'dist_token', "DeiT's distillation token, which it has not got"),
    (r'fc_norm|^ln2\.', 'a norm of averaged patches, without a final norm'),
    (r'norm_pre|pre_norm|^pre_ln', "CLIP's norm before the layers"),
    (
        r'q_bias|v_bias|rel_pos|relative_position|gamma_\d',
        "BEiT's or Swin V2's attention",
    ),
    (r'logit_scale|cpb_mlp', "Swin V2's attention"),
    (r'q_norm|k_norm', 'norms of queries and keys'),
    (r'^norm[012]\.', 'norms of the outputs of earlier stages'),
    (r'^\d+\.', 'a layer after the last stage, which no ResNet has'),
    (
        r'gamma|\.ls\d\.|layer_scale',
        'layer scale, which its layers have not got',
    ),
    (r'\.w12\.|\.w3\.', "DINOv2's gated layers, which it has not got"),
    (r'query|key|value|[qkv]_proj', 'a part of query, key and value'),
)
# By a name that a file has, why it is read by none of the maps.
UNSUPPORTED = {
    'conv1.0.weight': (
        "timm's ResNet with a deep stem: mmpretrain's ResNetV1c and V1d have "
        'it by other names; use `mmpretrain.TIMMBackbone`'
    ),
    'conv1_w': (
        "Caffe2's names: its strides are in other layers and its inputs BGR, "
        'so no ResNet of `style="pytorch"` gives the same features'
    ),
    'conv1.stem.0.weight': (
        "VISSL's RegNet, whose names no map is known of here"
    ),
    'encoder.layer.0.layer_scale1.lambda1': (
        "transformers' DINOv2: load its original file (dinov2_*.pth)"
    ),
    'embedder.convolution.weight': (
        "transformers' RegNet, whose names no map is known of here"
    ),
}


def refuse_unsupported(tensors: dict[str, Tensor]) -> None:
    """Refuse a network that is known, and known not to be readable.

    Raises:
        ValueError: Naming a tensor and saying why.
    """
    for mark, reason in UNSUPPORTED.items():
        if mark in tensors:
            raise ValueError(f'{mark} is of {reason}')


def explain_refused(names: list[str]) -> str:
    """What the first of the names is a part of."""
    for pattern, reason in REASONS:
        if re.search(pattern, names[0]):
            return reason
    return 'a part that no layer of it corresponds to'


def list_refused(names: list[str]) -> str:
    """The first of the names, and how many more."""
    more = len(names) - MAX_NAMES
    return ', '.join(names[:MAX_NAMES]) + (
        f' and {more} more' if more > 0 else ''
    )
