import copy

import torch
from algorithms import build, mlp, views
from reference import (
    assert_same_gradients,
    composites,
    info_nce,
    pooled,
    region_loss,
)
from test_models.test_regioncl_s import mlp as run_mlp
from torch.nn.functional import normalize

CLOSE = dict(rtol=1e-9, atol=1e-9)


def others(keys):
    """The negatives of each row: all keys but its own."""
    return [torch.cat((keys[:i], keys[i + 1 :])).t() for i in range(len(keys))]


def reference_losses(model, inputs, drawn, patch_map=None):
    """MoCo v3 with Eq. 2. Temperature 0.3 and weight 0.6 are the head's."""

    def project(vectors):
        return run_mlp(model.head.predictor, run_mlp(model.neck, vectors))

    queries, keys = [], []
    for images, (region, partner) in zip(inputs, drawn):
        mixed = composites(images, region, partner)
        if patch_map is None:
            features = model.backbone(mixed)[0]
            instances = pooled(model.backbone(images)[0])
        else:
            features = patch_map(model.backbone, mixed)
            instances = model.backbone(images)[0]
        parts = instances, *pooled(features, region)
        queries.append(project(torch.cat(parts)).chunk(3))
    with torch.no_grad():
        encoder = copy.deepcopy(model.backbone)
        for images in inputs:
            features = encoder(images)[0]
            if patch_map is None:
                features = pooled(features)
            keys.append(normalize(run_mlp(model.neck, features)))
    instance = region = 0
    for (q, c, p), k, (_, partner) in zip(queries, keys[::-1], drawn):
        instance += 0.6 * info_nce(normalize(q), k, others(k), 0.3)
        region += 0.6 * region_loss(c, p, k, others(k), partner, 0.3)
    return instance, region


def check(model, patch_map=None):
    model = model.double()
    reference = copy.deepcopy(model)
    inputs = [view.double() for view in views(4)]
    torch.manual_seed(7)
    losses = model.loss(inputs, None)
    sum(losses.values()).backward()
    torch.manual_seed(7)
    drawn = [reference.region_branch.draw(view) for view in inputs]
    instance, region = reference_losses(reference, inputs, drawn, patch_map)
    (instance + region).backward()
    torch.testing.assert_close(losses['loss_instance'], instance, **CLOSE)
    torch.testing.assert_close(losses['loss_region'], region, **CLOSE)
    assert_same_gradients(model, reference, **CLOSE)


def test_a_step_equals_the_written_out_one():
    torch.manual_seed(0)
    check(build('m3'))


def test_a_vision_transformer_pools_its_patch_tokens():
    """Instance: the class token. Regions: the tokens of their cells."""
    torch.manual_seed(0)
    model = build(
        'm3',
        backbone=dict(
            type='MoCoV3ViT',
            arch=dict(
                embed_dims=16,
                num_layers=2,
                num_heads=2,
                feedforward_channels=16,
            ),
            img_size=28,
            patch_size=4,
            in_channels=1,
            stop_grad_conv1=True,
        ),
        neck=mlp(16, with_last_bn_affine=False, with_avg_pool=False),
    )
    model.backbone.init_weights()

    def patch_map(vit, images):
        x = vit.patch_embed(images)[0]
        tokens = vit.cls_token.expand(len(x), -1, -1)
        x = torch.cat((tokens, x), dim=1) + vit.pos_embed
        for layer in vit.layers:
            x = layer(x)
        cells = vit.ln1(x)[:, 1:]
        return cells.transpose(1, 2).reshape(len(x), -1, 7, 7)

    check(model, patch_map)
