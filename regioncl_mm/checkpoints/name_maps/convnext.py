"""How libraries call the tensors of a ConvNeXt."""

from __future__ import annotations

from ..names import Rule
from ..tensor_changes import LINEAR

CONV_BLOCK = 'stages.<s>.<b>.'
POINTWISE = ('pointwise_conv1', 'pointwise_conv2')
TIMM_BLOCK = 'stages.<s>.blocks.<b>.'
TIMM_CONVNEXT = (
    Rule('downsample_layers.0', 'stem'),
    Rule('downsample_layers.<s>', 'stages.<s>.downsample'),
    Rule(f'{CONV_BLOCK}depthwise_conv', f'{TIMM_BLOCK}conv_dw'),
    *(Rule(CONV_BLOCK + x, TIMM_BLOCK + x) for x in ('norm', 'gamma')),
    *(
        Rule(f'{CONV_BLOCK}{ours}.{x}', f'{TIMM_BLOCK}{theirs}.{x}', change)
        for ours, theirs in zip(POINTWISE, ('mlp.fc1', 'mlp.fc2'))
        for x, change in (('weight', LINEAR), ('bias', None))
    ),
    Rule('norm3', 'head.norm'),
)
OFFICIAL_CONVNEXT = (
    Rule('downsample_layers', 'downsample_layers'),
    Rule(f'{CONV_BLOCK}depthwise_conv', f'{CONV_BLOCK}dwconv'),
    *(
        Rule(f'{CONV_BLOCK}pointwise_conv<c>', f'{CONV_BLOCK}pwconv<c>'),
        *(Rule(CONV_BLOCK + x, CONV_BLOCK + x) for x in ('norm', 'gamma')),
    ),
    Rule('norm3', 'norm'),
)
