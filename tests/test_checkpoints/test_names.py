"""Templates of names, against names written out."""

import pytest
import torch
from mmpretrain.models.utils import PatchMerging
from torch.nn.functional import layer_norm, linear

from regioncl_mm.checkpoints.names import Rule, rename, to_ours, to_theirs
from regioncl_mm.checkpoints.tensor_changes import (
    MERGED_PATCHES,
    position_index,
    with_position_indices,
)


@pytest.mark.parametrize(
    'ours, theirs',
    [
        ('layer1.0.conv2.weight', 'res2.0.conv2.weight'),
        ('layer4.11.conv3.a.b', 'res5.11.conv3.a.b'),
    ],
)
def test_numbers_and_endings_are_kept(ours, theirs):
    templates = 'layer<s>.<b>.conv<c>', 'res<s+1>.<b>.conv<c>'
    assert rename(ours, *templates) == theirs
    assert rename(theirs, *templates[::-1]) == ours


@pytest.mark.parametrize(
    'name', ['layer1.0.conv', 'layer1.0.conv1x', 'x.layer1.0.conv1', 'layer1']
)
def test_a_template_fits_up_to_a_dot(name):
    assert rename(name, 'layer<s>.<b>.conv<c>', 'x<s>.<b>.<c>') is None


def test_every_second_number():
    templates = 'stages.<s>.<b>', 'features.<2s+1>.<b>'
    assert rename('stages.2.0.x', *templates) == 'features.5.0.x'
    assert rename('features.5.0.x', *templates[::-1]) == 'stages.2.0.x'
    assert rename('features.4.0.x', *templates[::-1]) is None
    assert rename('features.0.0.x', *templates[::-1]) is None


def test_what_is_one_here_and_three_there():
    rules = (Rule('qkv', ('q', 'k', 'v')),)
    ours = {'qkv.weight': torch.arange(12.0).view(6, 2)}
    theirs, left = to_theirs(ours, rules)
    assert list(theirs) == ['q.weight', 'k.weight', 'v.weight'] and not left
    assert theirs['k.weight'].tolist() == [[4, 5], [6, 7]]
    back, left = to_ours(dict(reversed(theirs.items())), rules)
    assert torch.equal(back['qkv.weight'], ours['qkv.weight']) and not left
    del theirs['k.weight']
    assert to_ours({**theirs, 'x': ours}, rules) == ({}, ['x', 'v.weight'])


def test_merged_patches_by_the_official_code():
    """``torch.cat([x00, x10, x01, x11])``, as Swin-Transformer writes it."""
    ours = PatchMerging(3, 6)
    images = torch.randn(2, 16, 3)
    with torch.no_grad():
        ours.norm.weight.normal_()
        ours.norm.bias.normal_()
        expected, _ = ours(images, (4, 4))
        x = images.view(2, 4, 4, 3)
        patches = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        merged = torch.cat(patches, -1).view(2, 4, 12)
        weight, bias, reduction = map(
            MERGED_PATCHES.ours_to_theirs,
            (ours.norm.weight, ours.norm.bias, ours.reduction.weight),
        )
        actual = linear(layer_norm(merged, (12,), weight, bias), reduction)
    torch.testing.assert_close(actual, expected)
    again = MERGED_PATCHES.theirs_to_ours(reduction)
    assert torch.equal(again, ours.reduction.weight)


def test_the_index_of_relative_positions():
    # Rows of the table: difference of rows times 3, plus that of columns.
    assert position_index(2).tolist() == [
        [4, 3, 1, 0],
        [5, 4, 2, 1],
        [7, 6, 4, 3],
        [8, 7, 5, 4],
    ]
    tensors = {'a.relative_position_bias_table': torch.zeros(9, 3)}
    index = with_position_indices(tensors)['a.relative_position_index']
    assert torch.equal(index, position_index(2))
