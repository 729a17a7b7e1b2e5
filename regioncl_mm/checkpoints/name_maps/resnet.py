"""How libraries call the tensors of a ResNet."""

from __future__ import annotations

from ..names import Rule

BLOCK = 'layer<s>.<b>.'
SAME = tuple(
    Rule(name, name)
    for name in (
        *('conv1', 'bn1'),
        *(f'{BLOCK}{part}' for part in ('conv<c>', 'bn<c>')),
        *(f'{BLOCK}downsample.0', f'{BLOCK}downsample.1'),
    )
)
DETECTRON2 = (
    Rule('bn1', 'stem.conv1.norm'),
    Rule('conv1', 'stem.conv1'),
    Rule(f'{BLOCK}bn<c>', 'res<s+1>.<b>.conv<c>.norm'),
    Rule(f'{BLOCK}conv<c>', 'res<s+1>.<b>.conv<c>'),
    Rule(f'{BLOCK}downsample.1', 'res<s+1>.<b>.shortcut.norm'),
    Rule(f'{BLOCK}downsample.0', 'res<s+1>.<b>.shortcut'),
)
STEM, STAGE = 'embedder.embedder.', 'encoder.stages.<s-1>.layers.<b>.'
HUGGINGFACE_RESNET = (
    Rule('conv1', f'{STEM}convolution'),
    Rule('bn1', f'{STEM}normalization'),
    Rule(f'{BLOCK}conv<c>', f'{STAGE}layer.<c-1>.convolution'),
    Rule(f'{BLOCK}bn<c>', f'{STAGE}layer.<c-1>.normalization'),
    Rule(f'{BLOCK}downsample.0', f'{STAGE}shortcut.convolution'),
    Rule(f'{BLOCK}downsample.1', f'{STAGE}shortcut.normalization'),
)
# torchvision's children in a row, with relu and pooling between; and those of
# lightly's own ResNet for small pictures, without.
LIGHTLY = (
    *(Rule('conv1', '0'), Rule('bn1', '1')),
    *(Rule(rule.ours, f'<s+3>{rule.theirs[8:]}') for rule in SAME[2:]),
)
LIGHTLY_SMALL = (
    *(Rule('conv1', '0'), Rule('bn1', '1')),
    *(Rule(rule.ours, f'<s+1>{rule.theirs[8:]}') for rule in SAME[2:4]),
    Rule(f'{BLOCK}downsample', '<s+1>.<b>.shortcut'),
)
