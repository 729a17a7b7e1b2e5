"""The backbone is found in every layout, whole and nothing but it."""

import pytest
import torch
import torchvision
from algorithms import ALGORITHMS, build
from mmpretrain.models import ResNet
from tensors import (
    assert_same,
    part,
    randomise,
    resnet_moco,
    under,
)

from regioncl_mm.checkpoints import find_backbone, hash_tensors
from regioncl_mm.checkpoints.layouts import ONLINE_NETWORKS, WRAPPERS
from regioncl_mm.methods import METHODS, momentum_attributes

ONLINE = part(resnet_moco(), 'backbone.')
MOMENTUM = part(resnet_moco(), 'encoder_k.module.0.')
OTHER = {'queue': torch.randn(8, 16), 'queue_ptr': torch.zeros(1).long()}


def projector(name):
    return {f'{name}{i}.weight': torch.randn(2, 2) for i in (0, 2)}


def pair(online, momentum, q, k):
    """Both encoders with their projectors and a queue."""
    return {
        **under(online, ONLINE),
        **projector(q),
        **under(momentum, MOMENTUM),
        **projector(k),
        **OTHER,
    }


# name: the tensors, prefix of the online, prefix of the momentum encoder
LAYOUTS = {
    'regioncl_mm': (resnet_moco(), 'backbone.', 'encoder_k.module.0.'),
    'mmpretrain MoCo v3': (
        pair(
            'backbone.',
            'momentum_encoder.module.0.',
            'neck.',
            'momentum_encoder.module.1.',
        ),
        'backbone.',
        'momentum_encoder.module.0.',
    ),
    'facebookresearch/moco': (
        pair('encoder_q.', 'encoder_k.', 'encoder_q.fc.', 'encoder_k.fc.'),
        'encoder_q.',
        'encoder_k.',
    ),
    'facebookresearch/moco-v3': (
        {
            **pair(
                'base_encoder.',
                'momentum_encoder.',
                'base_encoder.fc.',
                'momentum_encoder.fc.',
            ),
            **projector('predictor.'),
        },
        'base_encoder.',
        'momentum_encoder.',
    ),
    'facebookresearch/simsiam': (
        {**under('encoder.', ONLINE), **projector('encoder.fc.')},
        'encoder.',
        None,
    ),
    'OpenSelfSup': (
        {
            **pair('encoder_q.0.', 'encoder_k.0.', 'encoder_q.1.', 'k.1.'),
            **under('backbone.', ONLINE),
        },
        'backbone.',
        'encoder_k.0.',
    ),
    'OpenSelfSup without backbone': (
        pair('encoder_q.0.', 'encoder_k.0.', 'encoder_q.1.', 'k.1.'),
        'encoder_q.0.',
        'encoder_k.0.',
    ),
    'torchvision': ({**ONLINE, 'fc.weight': torch.ones(2, 2)}, '', None),
    **{
        f"mmengine's average {name}, of {what}": (
            {
                **pair(
                    'backbone.', f'{name}.module.{below}', 'neck.', 'rest.'
                ),
                f'{name}.steps': torch.tensor(5),
            },
            'backbone.',
            f'{name}.module.{below}',
        )
        for name in ('target_net', 'teacher')
        for what, below in (
            ('a sequence', '0.'),
            ('a model', 'backbone.'),
            ('a backbone', ''),
        )
    },
}


@pytest.mark.parametrize('parallel', ['', 'module.'])
@pytest.mark.parametrize('layout', LAYOUTS)
def test_finds_both_encoders(layout, parallel):
    tensors, *prefixes = LAYOUTS[layout]
    tensors = under(parallel, tensors)
    for encoder, prefix, expected in zip(
        ('online', 'momentum'), prefixes, (ONLINE, MOMENTUM)
    ):
        if prefix is None:
            with pytest.raises(ValueError, match='no momentum encoder'):
                find_backbone(tensors, encoder)
            continue
        found, found_prefix = find_backbone(tensors, encoder)
        assert found_prefix == parallel + prefix
        assert_same(found, expected)


def test_what_is_compared_above_is_worth_it():
    assert sum(n.endswith('num_batches_tracked') for n in ONLINE) == 20
    assert ONLINE.keys() == MOMENTUM.keys()
    for name in ONLINE:
        assert not torch.equal(ONLINE[name], MOMENTUM[name]), name


def test_torchvisions_names_are_mmpretrains():
    model = torchvision.models.resnet18()
    tensors, prefix = find_backbone(model.state_dict())
    assert prefix == '' and len(tensors) == 120
    shapes = {k: v.shape for k, v in ResNet(18).state_dict().items()}
    assert {k: v.shape for k, v in tensors.items()} == shapes


@pytest.mark.parametrize('name', ALGORITHMS)
def test_finds_the_encoders_of_our_algorithms(name):
    model = build(name)
    randomise(model.state_dict())
    found, _ = find_backbone(model.state_dict())
    assert_same(found, model.backbone.state_dict())
    rows = {row.algorithm: row for row in METHODS}
    momentum = rows[type(model).__name__].momentum
    if momentum is None:
        with pytest.raises(ValueError, match='no momentum encoder'):
            find_backbone(model.state_dict(), 'momentum')
        return
    found, _ = find_backbone(model.state_dict(), 'momentum')
    assert_same(found, getattr(model, momentum).module[0].state_dict())


def test_only_a_networks_own_head_is_left_out():
    # SimCLR's code has its projector in the place of the classifier.
    tensors = under('backbone.', {**ONLINE, 'fc.weight': torch.ones(1)})
    assert_same(find_backbone(tensors)[0], ONLINE)
    tensors = under('backbone.', {'x': torch.ones(1), 'fc.y': torch.ones(1)})
    assert 'fc.y' in find_backbone(tensors)[0], 'no network that is known'
    tensors = {**ONLINE, 'layer1.fc.weight': torch.ones(1)}
    assert_same(find_backbone(tensors)[0], tensors)


def test_two_backbones_are_one_only_if_they_are_equal():
    twice = {**under('backbone.', ONLINE), **under('encoder_q.', ONLINE)}
    assert_same(find_backbone(twice)[0], ONLINE)
    twice['encoder_q.bn1.num_batches_tracked'] = torch.tensor(-1)
    with pytest.raises(
        ValueError,
        match=r"2 different backbones, under 'backbone\.' and 'encoder_q\.'.*"
        r'has: backbone\. \(120 tensors\), encoder_q\. \(120 tensors\)',
    ):
        find_backbone(twice)


def test_says_what_is_there_and_what_was_looked_for():
    tensors = {
        **under('module.torso.', ONLINE),
        **under('student.', projector('')),
        'queue_ptr': torch.zeros(1),
    }
    with pytest.raises(ValueError) as error:
        find_backbone(tensors)
    message = str(error.value)
    assert message.startswith(
        'there is no online backbone in the file. It has: module.torso. (120 '
        'tensors), student. (2 tensors), queue_ptr (1 tensor). Looked for: '
        'backbone., encoder_q.0., encoder_q., base_encoder., encoder., '
    )
    assert message.endswith(', each also after module.')
    for prefix in (*ONLINE_NETWORKS, *WRAPPERS):
        assert f'{prefix},' in message or f'{prefix};' in message or not prefix


def test_says_what_was_looked_for_of_a_momentum_encoder():
    tensors = {
        **under('backbone.', ONLINE),
        **under('teacher.module.0.', MOMENTUM),  # but it counts no steps
    }
    with pytest.raises(ValueError) as error:
        find_backbone(tensors, 'momentum')
    message = str(error.value)
    assert message.startswith(
        'there is no momentum encoder in the file. It has: backbone. (120 '
        'tensors), teacher. (120 tensors). Looked for: X.module.0., '
        'X.module.backbone., X.module. of any X that has X.steps or is '
    )
    for attribute in momentum_attributes():
        assert attribute in message


def test_several_averaged_models_that_differ_are_not_told_apart():
    tensors = {
        **under('target_net.module.0.', MOMENTUM),
        **under('teacher.module.backbone.', ONLINE),
        'target_net.steps': torch.tensor(5),
        'teacher.steps': torch.tensor(5),
    }
    with pytest.raises(
        ValueError,
        match=r"2 different backbones, under 'target_net\.module\.0\.' and "
        r"'teacher\.module\.backbone\.'",
    ):
        find_backbone(tensors, 'momentum')
    tensors.update(under('teacher.module.backbone.', MOMENTUM))
    assert_same(find_backbone(tensors, 'momentum')[0], MOMENTUM)


def test_an_unknown_encoder_is_an_error():
    with pytest.raises(ValueError, match="'online' or 'momentum', not 'k'"):
        find_backbone(ONLINE, 'k')


def test_the_hash_is_over_names_types_shapes_and_bytes():
    tensor = torch.arange(4, dtype=torch.float32)
    changes = [
        {'a': tensor},
        {'b': tensor},
        {'a': tensor.view(2, 2)},
        {'a': tensor.view(torch.int32)},
        {'a': tensor.bfloat16()},
        {'a': tensor + torch.tensor([0, 0, 0, 1e-6])},
        {'a': tensor, 'b': torch.zeros(0)},
        {'a': tensor[:2], 'b': tensor[2:]},
        {'a': torch.tensor(1)},
    ]
    assert len({hash_tensors(tensors) for tensors in changes}) == len(changes)
    # Not over the names' order, nor over how the tensors lie in memory.
    a, b = torch.randn(3, 2), torch.randn(2)
    strided = a.t().contiguous().t()
    assert hash_tensors({'a': a, 'b': b}) == hash_tensors(
        {'b': torch.nn.Parameter(b), 'a': strided}
    )
