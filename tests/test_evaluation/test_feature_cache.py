"""Features on the disk are those of the model, and whole or not there."""

import numpy as np
import pytest
import torch
from conftest import REPO
from full_disk import no_room
from mmengine.config import Config
from torch import nn
from torch.utils.data import DataLoader

from regioncl_mm.evaluation.dataloaders import (
    check_images,
    feature_dataloaders,
)
from regioncl_mm.evaluation.feature_cache import (
    DONE,
    cache_folder,
    cached_features,
)
from regioncl_mm.evaluation.feature_settings import feature_settings
from regioncl_mm.utils.disk_full import DiskFullError


class Sample:
    def __init__(self, label):
        self.gt_label = torch.tensor([label])


class Model(nn.Module):
    """Features are the image's means; stops at the image that it is told."""

    def __init__(self, stop_at=None):
        super().__init__()
        self.stop_at, self.seen = stop_at, 0

    def data_preprocessor(self, batch, training):
        assert not training and not self.training
        return batch

    def extract_feat(self, inputs):
        self.seen += len(inputs)
        if self.stop_at is not None and self.seen > self.stop_at:
            raise KeyboardInterrupt
        return (inputs,)


@pytest.fixture
def loader():
    torch.manual_seed(0)
    images = [(torch.randn(3, 4, 4), label) for label in range(10)]
    return DataLoader(images, batch_size=4, collate_fn=collate)


def collate(pairs):
    images, labels = zip(*pairs)
    return dict(
        inputs=torch.stack(images), data_samples=list(map(Sample, labels))
    )


def expected(loader):
    return np.stack([x.mean((1, 2)).numpy() for x, _ in loader.dataset])


def test_rows_are_the_data_sets(loader, tmp_path):
    model = Model().train()
    found = cached_features(model, loader, tmp_path / 'a', dict(b=1))
    np.testing.assert_allclose(found.values, expected(loader), rtol=1e-6)
    assert found.labels.tolist() == list(range(10)) and not found.reused
    assert isinstance(found.values, np.memmap) and model.training
    assert '"b": 1' in (tmp_path / 'a' / DONE).read_text()


def test_nothing_is_extracted_twice(loader, tmp_path):
    folder = tmp_path / 'a'
    first = cached_features(Model(), loader, folder, {})
    model = Model()
    again = cached_features(model, loader, folder, {})
    assert again.reused and model.seen == 0
    np.testing.assert_array_equal(first.values, again.values)


def test_an_interrupted_extraction_leaves_nothing(loader, tmp_path):
    folder = tmp_path / 'a'
    with pytest.raises(KeyboardInterrupt):
        cached_features(Model(stop_at=4), loader, folder, {})
    assert not list(tmp_path.iterdir())
    found = cached_features(Model(), loader, folder, {})
    assert not found.reused
    np.testing.assert_allclose(found.values, expected(loader), rtol=1e-6)


def test_there_is_room_for_features_before_they_are_mapped(loader, tmp_path):
    """Writing where a full disk has none would kill the program."""
    words = r'features.npy was not written: No space left .*248 bytes needed'
    with no_room(), pytest.raises(DiskFullError, match=words):
        cached_features(Model(), loader, tmp_path / 'a', {})
    assert not list(tmp_path.iterdir())


def test_two_at_the_same_time_do_not_disturb_each_other(loader, tmp_path):
    """Another process begins, and ends, while this one is half way."""
    folder, inner = tmp_path / 'a', []

    class Slow(Model):
        def extract_feat(self, inputs):
            if self.seen == 4:
                inner.append(cached_features(Model(), loader, folder, {}))
            return super().extract_feat(inputs)

    outer = cached_features(Slow(), loader, folder, {})
    for found in (*inner, outer):
        np.testing.assert_allclose(found.values, expected(loader), rtol=1e-6)
    assert [x.name for x in tmp_path.iterdir()] == ['a']


def config(**changes):
    data_set = dict(type='FashionMNIST', pipeline=[dict(type='RandomFlip')])
    test_set = dict(type='FashionMNIST', pipeline=[dict(type='PackInputs')])
    return Config(
        dict(
            model=dict(backbone=dict(type='ResNet', init_cfg='a.pth')),
            data_preprocessor=dict(mean=[1.0]),
            train_dataloader=dict(
                batch_size=4,
                drop_last=True,
                sampler=dict(type='DefaultSampler', shuffle=True),
                dataset=data_set,
            ),
            test_dataloader=dict(batch_size=8, dataset=test_set),
            **changes,
        )
    )


def test_training_images_go_through_the_test_pipeline():
    cfg = config()
    train, test = feature_dataloaders(cfg)
    assert train['dataset'].pipeline == test['dataset'].pipeline
    assert train['sampler'] == dict(type='DefaultSampler', shuffle=False)
    assert 'drop_last' not in train and train['batch_size'] == 4
    assert cfg.train_dataloader.dataset.pipeline[0].type == 'RandomFlip'


def test_a_wrapped_data_set_too():
    cfg = config()
    inner = cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(type='LabelledSubset', dataset=inner)
    train, _ = feature_dataloaders(cfg)
    assert train['dataset'].dataset.pipeline[0].type == 'PackInputs'


def test_joined_data_sets_too():
    cfg = config()
    inner, test = cfg.train_dataloader.dataset, cfg.test_dataloader.dataset
    subset = dict(type='LabelledSubset', dataset=inner)
    cfg.train_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[inner, subset]
    )
    cfg.test_dataloader.dataset = dict(type='ConcatDataset', datasets=[test])
    first, second = feature_dataloaders(cfg)[0]['dataset'].datasets
    for found in (first, second.dataset):
        assert [x.type for x in found.pipeline] == ['PackInputs']


def test_pretraining_configs_name_their_images():
    extra = dict(dataset=dict(type='A', pipeline=[]))
    cfg = config(knn_memory_dataloader=extra, knn_query_dataloader=extra)
    memory, queries = feature_dataloaders(cfg)
    assert memory['dataset'].type == queries['dataset'].type == 'A'


def test_only_what_is_read_must_be_there(imagenet, monkeypatch):
    """Not the labels of a metric; but the images."""
    monkeypatch.chdir(imagenet)
    configs = REPO / 'configs' / 'imagenet'
    cfg = Config.fromfile(configs / 'resnet50_8xb256-knn_in1k.py')
    check_images(cfg)
    cfg.test_dataloader.dataset.data_root = 'nowhere'
    with pytest.raises(ValueError, match='data folder nowhere/val does not'):
        check_images(cfg)


def test_a_config_without_images_is_refused():
    with pytest.raises(ValueError, match='whose images could be compared'):
        feature_dataloaders(Config(dict(model=dict())))


def test_whatever_decides_the_features_has_a_folder_of_its_own(tmp_path):
    def folder(change=lambda cfg: None, name='hash'):
        cfg = config()
        change(cfg)
        train, _ = feature_dataloaders(cfg)
        return cache_folder(tmp_path, name, feature_settings(cfg, train))

    def other_weights_file(cfg):
        cfg.model.backbone.init_cfg = 'b.pth'

    def other_batch(cfg):
        cfg.train_dataloader.batch_size = 5

    def other_depth(cfg):
        cfg.model.backbone.depth = 18

    def other_pipeline(cfg):
        cfg.test_dataloader.dataset.pipeline.append(dict(type='Resize'))

    def other_mean(cfg):
        cfg.data_preprocessor.mean = [2.0]

    def other_images(cfg):
        cfg.train_dataloader.dataset.indices = 10

    def other_type(cfg):
        cfg.model.type = 'MoCo'

    def a_neck(cfg, p=3.0):
        cfg.model.neck = dict(type='GeneralizedMeanPooling', p=p)

    def other_neck(cfg):
        a_neck(cfg, p=8.0)

    assert folder() == folder(other_weights_file) == folder(other_batch)
    changes = (
        *(other_depth, other_pipeline, other_mean, other_images),
        *(other_type, a_neck, other_neck),
    )
    folders = {folder(), folder(name='other'), *map(folder, changes)}
    assert len(folders) == 9


def test_another_content_of_the_same_list_is_another_data_set(tmp_path):
    cfg, images = config(), tmp_path / 'images.txt'
    cfg.train_dataloader.dataset.ann_file = str(images)
    folders = set()
    for content in ('a.jpg\n', 'b.jpg\n'):
        images.write_text(content)
        train, _ = feature_dataloaders(cfg)
        settings = feature_settings(cfg, train)
        folders.add(cache_folder(tmp_path, 'hash', settings))
    assert len(folders) == 2
    assert settings['image_list']['images'] == 1
