"""Checkpoints as other programs leave them: both encoders are found."""

import pytest
import torch
from tensors import assert_same, in_a_row, part, resnet_moco, under

from regioncl_mm.checkpoints import extract_backbone

ONLINE = part(resnet_moco(), 'backbone.')
MOMENTUM = part(resnet_moco(), 'encoder_k.module.0.')
FC = {f'fc.{i}.weight': torch.ones(2, 2) for i in (0, 2)}


SEQUENCE, MOMENTUM_SEQUENCE = in_a_row(ONLINE), in_a_row(MOMENTUM)
# name: what is saved, and whether it has a momentum encoder
PEERS = {
    'lightly': (
        dict(
            state_dict={
                **under('backbone.', SEQUENCE),
                **under('backbone_momentum.', MOMENTUM_SEQUENCE),
                'projection_head.layers.0.weight': torch.ones(2),
            }
        ),
        True,
    ),
    'a Sequential': (SEQUENCE, False),
    "lightly's benchmark of BYOL": (
        dict(
            state_dict={
                **under('backbone.', ONLINE),
                **under('teacher_backbone.', MOMENTUM),
            }
        ),
        True,
    ),
    "lightly's benchmark of MoCo": (
        dict(
            state_dict={
                **under('query_backbone.', ONLINE),
                **under('backbone.', MOMENTUM),
            }
        ),
        True,
    ),
    "lightly's DINO": (
        dict(
            state_dict={
                **under('student_backbone.', SEQUENCE),
                **under('teacher_backbone.', MOMENTUM_SEQUENCE),
            }
        ),
        True,
    ),
    'solo-learn': (
        dict(
            state_dict={
                **under('backbone.', ONLINE),
                **under('momentum_backbone.', MOMENTUM),
                'classifier.weight': torch.ones(2),
            }
        ),
        True,
    ),
    'SwAV': (
        under(
            'module.',
            {
                **ONLINE,
                'projection_head.0.weight': torch.ones(2),
                'prototypes.weight': torch.ones(2),
            },
        ),
        False,
    ),
    'SimCLR': (
        dict(state_dict=under('backbone.', {**ONLINE, **FC}), epoch=3),
        False,
    ),
    'VISSL': (
        dict(
            classy_state_dict=dict(
                base_model=dict(
                    model=dict(
                        trunk=under('_feature_blocks.', ONLINE),
                        heads={'0.clf.0.weight': torch.ones(2)},
                    )
                ),
                optimizer=dict(state={0: torch.ones(3)}),
            ),
            phase_idx=3,
        ),
        False,
    ),
    'DINO': (
        dict(
            student=under(
                'module.',
                {
                    **under('backbone.', ONLINE),
                    'head.mlp.0.weight': torch.ones(2),
                },
            ),
            teacher=under('backbone.', MOMENTUM),
            optimizer=dict(state={}),
        ),
        True,
    ),
    'DINOv2': (
        dict(
            model={
                **under('student.backbone.', ONLINE),
                **under('teacher.backbone.', MOMENTUM),
                'student.dino_head.mlp.0.weight': torch.ones(2),
            }
        ),
        True,
    ),
    'byol-pytorch': (
        {
            **under('net.', ONLINE),
            **under('online_encoder.net.', ONLINE),
            **under('target_encoder.net.', MOMENTUM),
            'online_predictor.net.0.weight': torch.ones(2),
        },
        True,
    ),
    'PyTorch-BYOL': (
        dict(
            online_network_state_dict=under('encoder.', SEQUENCE),
            target_network_state_dict=under('encoder.', MOMENTUM_SEQUENCE),
        ),
        True,
    ),
    "OpenSelfSup's BYOL": (
        dict(
            state_dict={
                **under('online_net.0.', ONLINE),
                **under('target_net.0.', MOMENTUM),
                **under('backbone.', ONLINE),
            }
        ),
        True,
    ),
    'torch.compile': (
        dict(
            state_dict={
                **under('_orig_mod.backbone.', ONLINE),
                **under('_orig_mod.encoder_k.module.0.', MOMENTUM),
            }
        ),
        True,
    ),
    'torch.compile of the backbone': (
        dict(state_dict=under('module.backbone._orig_mod.', ONLINE)),
        False,
    ),
    'a backbone in a wrapper': (
        dict(state_dict=under('backbone.model.', ONLINE)),
        False,
    ),
    'timm': (dict(state_dict={**ONLINE, 'fc.weight': torch.ones(2)}), False),
}


@pytest.mark.parametrize('peer', PEERS)
def test_both_encoders_of_a_peer(peer, tmp_path):
    content, has_momentum = PEERS[peer]
    torch.save(content, tmp_path / 'a.ckpt')
    for encoder, expected in (('online', ONLINE), ('momentum', MOMENTUM)):
        if encoder == 'momentum' and not has_momentum:
            with pytest.raises(ValueError, match='no momentum encoder'):
                extract_backbone(tmp_path / 'a.ckpt', tmp_path, encoder)
            continue
        found = extract_backbone(tmp_path / 'a.ckpt', tmp_path, encoder)
        content = torch.load(found.path, weights_only=True)['state_dict']
        assert_same(content, under('backbone.', expected))
