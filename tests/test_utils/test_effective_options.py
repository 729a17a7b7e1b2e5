"""Settings of the command line that would change nothing are refused."""

import pytest

from regioncl_mm.utils.launch import read_config

CONFIG = """
data_root = 'data/here'
view = [dict(scale=224), dict(scale=224)]
model = dict(type='Model', backbone=dict(depth=18))
train_dataloader = dict(dataset=dict(data_root=data_root, views=view))
train_cfg = dict(max_epochs=2)
optim_wrapper = dict(optimizer=dict(lr=0.1))
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize(
    ('option', 'meant'),
    [
        ('data_root', 'train_dataloader.dataset.data_root'),
        ('max_epochs', 'train_cfg.max_epochs'),
        ('optimizer.lr', 'optim_wrapper.optimizer.lr'),
        ('view.0.scale', 'train_dataloader.dataset.views.0.scale'),
        ('optim_wraper.optimizer', 'optim_wrapper.optimizer'),
        ('model_.backbone.dept', 'model.backbone.depth'),
    ],
)
def test_the_key_that_is_meant_is_named(option, meant, config):
    with pytest.raises(ValueError) as error:
        read_config(config, {option: 1})
    text = str(error.value)
    assert f'{option}=… would change nothing' in text
    assert meant in text.partition('did you mean ')[2]


def test_nothing_is_like_it(config):
    with pytest.raises(ValueError, match='the config is loaded$'):
        read_config(config, {'zzz': 1})


@pytest.mark.parametrize(
    ('option', 'value'),
    [
        ('model.backbone.depth', 34),
        ('model.backbone.frozen_stages', 1),
        ('randomness.seed', 3),
        ('auto_scale_lr.base_batch_size', 64),
        ('find_unused_parameters', True),
        ('train_dataloader.dataset.views.1.scale', 96),
    ],
)
def test_what_is_read_is_changed(option, value, config):
    node = read_config(config, {option: value})
    for key in option.split('.'):
        node = node[int(key)] if key.isdigit() else node[key]
    assert node == value
