"""Regions as queries: composites, labels and pooling, by hand."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from torch import nn

from regioncl_mm.evaluation.partly_visible import (
    PartlyVisible,
    extract_region_features,
    region_features,
)
from regioncl_mm.hooks import KNNHook
from regioncl_mm.regions import sample_region

CELLS = PartlyVisible(stride=1, min_cells=2, max_cells=2)


class Pixels(nn.Module):
    """Its map of features is the image."""

    def __init__(self):
        super().__init__()
        self.backbone = lambda images: (images,)

    def data_preprocessor(self, batch, training):
        assert not training
        return batch

    def extract_feat(self, images):
        return self.backbone(images)


class Sample:
    def __init__(self, label):
        self.gt_label = torch.tensor([label])


class Loader(list):
    def __init__(self, *batches):
        super().__init__(
            dict(inputs=images, data_samples=[Sample(x) for x in labels])
            for images, labels in batches
        )
        self.dataset = range(sum(len(labels) for _, labels in batches))


def write_pictures(folder, level, count):
    folder.mkdir()
    for i in range(count):
        picture = np.full((28, 28), level, np.uint8)
        cv2.imwrite(str(folder / f'{i:03}.png'), picture)


def plain(labels):
    """4 x 4 images of one colour, which is the class."""
    colours = torch.eye(2)[torch.tensor(labels)]
    return colours[:, :, None, None].expand(-1, -1, 4, 4).clone(), labels


def test_a_paste_is_what_its_image_is():
    found = extract_region_features(
        Pixels(), Loader(plain([0, 0, 1, 1]), plain([0, 1, 1])), CELLS
    )
    features, labels, counted = found['canvas']
    assert labels.tolist() == [0, 0, 1, 1, 0, 1, 1]
    assert torch.equal(features, torch.eye(2)[labels])
    assert counted.all()
    features, labels, _ = found['paste']
    # Half a batch away; of three images the next one.
    assert labels.tolist() == [1, 1, 0, 0, 1, 1, 0]
    assert torch.equal(features, torch.eye(2)[labels])


def test_the_hook_counts_each_kind():
    memory = Loader(plain([0, 1]))
    queries = Loader(plain([0, 0, 1, 1]))
    hook = KNNHook(memory, queries, (1,), partly_visible=CELLS._asdict())
    assert hook.evaluate(Pixels()) == dict(
        knn1=100, knn1_canvas=100, knn1_paste=100
    )
    for sample in queries[0]['data_samples'][:1]:
        sample.gt_label += 1
    # One is wrong whichever of its regions is seen.
    assert hook.evaluate(Pixels()) == dict(
        knn1=75, knn1_canvas=75, knn1_paste=75
    )


def test_features_are_the_masked_means_of_composites():
    torch.manual_seed(5)
    images = torch.randn(110, 3, 6, 6)
    before = torch.random.get_rng_state()
    settings = PartlyVisible(2, 1, 2)
    model = Pixels()
    model.backbone = lambda x: (nn.functional.avg_pool2d(x, 2),)
    found = extract_region_features(
        model, Loader((images, [0] * 110)), settings
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    assert model.training
    torch.manual_seed(0)
    canvas, paste = [], []
    for chunk in (images[:55], images[55:]):
        region = sample_region((3, 3), 1, 2)
        inside = torch.zeros(3, 3, dtype=torch.bool)
        inside[region.slices()] = True
        pixels = inside.repeat_interleave(2, 0).repeat_interleave(2, 1)
        for i, image in enumerate(chunk):
            other = chunk[(i + 27) % 55]
            composite = torch.where(pixels, other, image)
            cells = composite.unfold(1, 2, 2).unfold(2, 2, 2).mean((3, 4))
            canvas.append(cells[:, ~inside].mean(1))
            paste.append(cells[:, inside].mean(1))
    for name, expected in (('canvas', canvas), ('paste', paste)):
        torch.testing.assert_close(
            found[name][0], nn.functional.normalize(torch.stack(expected))
        )


def test_regions_pass_the_norm_that_the_mean_of_an_image_passes():
    class Halves(nn.Module):
        out_type = 'avg_featmap'
        ln2 = nn.LayerNorm(3)

        def forward(self, images):
            return (images / 2,)

    model = Pixels()
    images = torch.rand(4, 3, 6, 6)
    torch.manual_seed(3)
    plain = region_features(model, images, CELLS)
    model.backbone = Halves()
    torch.manual_seed(3)
    found = region_features(model, images, CELLS)
    for region, expected in zip(found[:2], plain[:2]):
        torch.testing.assert_close(region, Halves.ln2(expected / 2))


def test_generators_of_devices_are_left_alone(monkeypatch):
    """They are the training's, and only the host's is put back."""
    seeded = []
    monkeypatch.setattr(torch.cuda, 'manual_seed_all', seeded.append)
    extract_region_features(Pixels(), Loader(plain([0, 1])), CELLS)
    assert seeded == []


def test_an_image_that_is_left_over_has_no_composite():
    loader = Loader(plain([0, 1]), plain([1]))
    found = extract_region_features(Pixels(), loader, CELLS)
    assert found['canvas'][1].tolist() == [0, 1]
    with pytest.raises(ValueError, match='batch of 1 has no two images'):
        extract_region_features(Pixels(), Loader(plain([1])), CELLS)


def test_regions_are_of_other_classes_where_images_are_sorted_by_class(
    quickstart, tmp_path, monkeypatch
):
    """Two classes of 60: half of the composites, or nearly so, are of two."""
    for name, level in (('a', 10), ('b', 200)):
        write_pictures(tmp_path / name, level, 60)
    hook = quickstart.custom_hooks[2]
    for key in ('memory_dataloader', 'query_dataloader'):
        hook[key] = dict(
            batch_size=60,
            dataset=dict(
                type='CustomDataset',
                data_root=str(tmp_path),
                pipeline=[
                    dict(type='LoadImageFromFile', color_type='grayscale'),
                    dict(type='PackInputs'),
                ],
            ),
        )
    seen = []

    def look(model, images, settings):
        found = region_features(model, images, settings)
        seen.append(images[:, 0, 0, 0] != images[found[2], 0, 0, 0])
        return found

    runner = Runner.from_cfg(quickstart)
    hook = next(x for x in runner.hooks if isinstance(x, KNNHook))
    hook.before_train(runner)
    monkeypatch.setattr(
        'regioncl_mm.evaluation.partly_visible.region_features', look
    )
    hook.evaluate(runner.model)
    of_two_classes = torch.cat(seen)
    assert len(of_two_classes) == 120
    assert 0.35 < of_two_classes.double().mean() < 0.65


@pytest.mark.parametrize(
    'settings, message',
    [
        (dict(stride=3), '28x28 images do not split into cells of 3'),
        (dict(stride=4, max_cells=7), 'leave no canvas on a 7x7 grid'),
        (dict(stride=2), 'the backbone returns 7x7 cells'),
    ],
)
def test_what_cannot_be_evaluated_is_said_before_training(
    quickstart, settings, message
):
    quickstart.custom_hooks[2].partly_visible = settings
    runner = Runner.from_cfg(quickstart)
    with pytest.raises(
        ValueError, match=f'`partly_visible` of KNNHook: .*{message}'
    ):
        runner.train()
    assert runner.iter == 0
