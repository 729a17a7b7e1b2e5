import json

import pytest
import torch
from mmengine.runner import Runner
from picture_folders import write_classes
from torch import nn

from regioncl_mm.evaluation import extract_features
from regioncl_mm.hooks import KNNHook


def scalars(cfg):
    (path,) = (p for p in _work_dir(cfg).glob('*/vis_data/scalars.json'))
    return [json.loads(line) for line in path.read_text().splitlines()]


def _work_dir(cfg):
    from pathlib import Path

    return Path(cfg.work_dir)


def test_figures_reach_log_scalars_and_tensorboard(quickstart, caplog):
    quickstart.train_cfg.max_epochs = 3
    quickstart.custom_hooks[2].interval = 2
    Runner.from_cfg(quickstart).train()
    evaluated = [line for line in scalars(quickstart) if 'knn5' in line]
    # Before the first, every second, and the last epoch.
    assert [line['step'] for line in evaluated] == [0, 2, 3]
    assert all(0 <= line['knn20'] <= 100 for line in evaluated)
    (log,) = _work_dir(quickstart).glob('*/*.log')
    assert 'Epoch(knn) [3]  knn5: ' in log.read_text()
    events = next(_work_dir(quickstart).glob('*/vis_data/events*'))
    assert b'knn20' in events.read_bytes()


def test_a_run_resumed_in_its_first_epoch_has_no_start(quickstart, tmp_path):
    quickstart.train_cfg.max_epochs = 1
    quickstart.default_hooks.checkpoint.update(by_epoch=False, interval=1)
    Runner.from_cfg(quickstart).train()
    first = _work_dir(quickstart) / 'iter_1.pth'
    quickstart.merge_from_dict(
        dict(
            work_dir=str(tmp_path / 'again'),
            experiment_name='again',
            resume=True,
            load_from=str(first),
        )
    )
    Runner.from_cfg(quickstart).train()
    evaluated = [line for line in scalars(quickstart) if 'knn5' in line]
    assert [line['step'] for line in evaluated] == [1]


def test_evaluating_leaves_the_training_as_it_was(quickstart):
    """Weights after training are the same with the hook and without."""
    weights = []
    for hooks in (quickstart.custom_hooks[:3], quickstart.custom_hooks[:2]):
        cfg = quickstart.copy()
        cfg.custom_hooks = hooks
        cfg.work_dir += str(len(hooks))
        cfg.experiment_name = f'hooks{len(hooks)}'
        runner = Runner.from_cfg(cfg)
        runner.train()
        assert runner.model.training
        weights.append(runner.model.state_dict())
    for name, tensor in weights[0].items():
        assert torch.equal(tensor, weights[1][name]), name


class Embedding(nn.Module):
    """A model whose features are hand-made: those of the batch itself."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(2)

    def data_preprocessor(self, batch, training):
        assert not training
        return batch

    def extract_feat(self, inputs):
        assert not self.training
        return (inputs[:, :, None, None].expand(-1, -1, 2, 2),)


class Sample:
    def __init__(self, label):
        self.gt_label = torch.tensor([label])


class Loader(list):
    """Batches (inputs, labels); repeats count as ``DefaultSampler``'s."""

    def __init__(self, batches, size):
        super().__init__(
            dict(inputs=torch.tensor(x), data_samples=[Sample(i) for i in y])
            for x, y in batches
        )
        self.dataset = range(size)


MEMORY = Loader(
    [([[1.0, 0.0], [2.0, 0.1]], [0, 0]), ([[0.0, 1.0], [0.1, 3.0]], [1, 1])], 4
)


def test_accuracy_of_hand_made_features():
    queries = Loader(
        [([[5.0, 0.2], [0.0, 1.0], [0.3, 1.0], [1.0, 0.9]], [0, 1, 0, 0])], 4
    )
    hook = KNNHook(MEMORY, queries, k=(1, 2))
    hook.dataloaders = [MEMORY, queries]
    # The third is among the other class; the fourth is nearest to (2, .1).
    assert hook.evaluate(Embedding()) == {'knn1': 75.0, 'knn2': 75.0}


def test_repeated_samples_do_not_count():
    repeated = Loader([([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0, 1, 1])], 2)
    features, labels, genuine = extract_features(Embedding(), repeated)
    torch.testing.assert_close(features.norm(dim=1), torch.ones(3))
    assert genuine.tolist() == [True, True, False]
    hook = KNNHook(MEMORY, repeated, k=(1,))
    assert hook.evaluate(Embedding()) == {'knn1': 100.0}


def test_the_model_returns_to_its_mode():
    for mode in (True, False):
        model = Embedding().train(mode)
        extract_features(model, MEMORY)
        assert model.training == mode


def loader(root, **settings):
    pipeline = [
        dict(type='LoadImageFromFile', color_type='grayscale'),
        dict(type='PackInputs'),
    ]
    dataset = dict(type='CustomDataset', data_root=str(root))
    return dict(
        batch_size=4, dataset=dict(dataset, pipeline=pipeline, **settings)
    )


@pytest.fixture
def of_folders(quickstart, tmp_path):
    """A run whose kNN is of folders, and of the last epoch alone."""
    classes = dict(ant=20, bee=90, cow=160)
    write_classes(tmp_path / 'memory', **classes)
    write_classes(tmp_path / 'query', ant=20, cow=160)
    quickstart.custom_hooks[2] = dict(
        type='KNNHook',
        memory_dataloader=loader(tmp_path / 'memory'),
        query_dataloader=loader(tmp_path / 'query'),
        k=(1,),
        interval=10,
    )
    return quickstart


def test_a_class_without_queries_shifts_no_label(of_folders):
    """Queries are among the memory: each is its own nearest neighbour."""
    Runner.from_cfg(of_folders).train()
    (evaluated,) = (x for x in scalars(of_folders) if 'knn1' in x)
    assert evaluated['knn1'] == 100
    (log,) = _work_dir(of_folders).glob('*/*.log')
    assert 'it lacks bee' in log.read_text()


@pytest.mark.parametrize(
    'options, message',
    [
        ({'k': (1, 7)}, '7 neighbours asked for, .* only 6 features'),
        ({'memory_dataloader.dataset.with_label': False}, 'memory_.* labels'),
        ({'query_dataloader.dataset.with_label': False}, 'query_.* labels'),
        (
            {'query_dataloader.dataset.pipeline': [{'type': 'PackInputs'}]},
            'make no batch',
        ),
        (
            {'query_dataloader.dataset.pipeline.0.color_type': 'color'},
            'takes no features of images of .3, 28, 28.; .* pipeline',
        ),
        (
            {'query_dataloader.collate_fn': {'type': 'pseudo_collate'}},
            'make no batch',
        ),
        (
            {
                'query_dataloader.batch_size': 1,
                'partly_visible': {'stride': 4},
            },
            'composite is of two images, .*query_dataloader.* 2 or more',
        ),
        ({'memory_dataloader.dataset.indices': [0, 1]}, None),
        ({'query_dataloader.dataset.data_root': 'memory'}, None),
    ],
)
def test_what_cannot_be_evaluated_is_refused_before_the_first_step(
    of_folders, tmp_path, monkeypatch, options, message
):
    monkeypatch.chdir(tmp_path)
    hook = 'custom_hooks.2'
    of_folders.merge_from_dict({f'{hook}.{k}': v for k, v in options.items()})
    runner = Runner.from_cfg(of_folders)
    if message is None:
        runner.train()
        return
    with pytest.raises(ValueError, match=message):
        runner.train()
    assert runner.iter == 0


def test_a_class_that_the_memory_lacks_is_refused(of_folders, tmp_path):
    write_classes(tmp_path / 'query', elk=3)
    runner = Runner.from_cfg(of_folders)
    with pytest.raises(ValueError, match='query has classes .* not: elk'):
        runner.train()
    assert runner.iter == 0


@pytest.mark.parametrize(
    'kwargs',
    [
        dict(vote='loud'),
        dict(k=(0, 20)),
        dict(temperature=0.0),
        dict(interval=0),
    ],
)
def test_bad_arguments_are_refused(kwargs):
    with pytest.raises(ValueError):
        KNNHook({}, {}, **kwargs)


def test_images_are_read_once_in_a_run(quickstart, monkeypatch):
    """Evaluated twice, whole images and parts."""
    runner = Runner.from_cfg(quickstart)
    (hook,) = (x for x in runner.hooks if isinstance(x, KNNHook))
    hook.at_start = False
    hook.before_train(runner)
    data_set = type(hook.dataloaders[0].dataset)
    read, get = [], data_set.__getitem__

    def reading(self, index):
        read.append(index)
        return get(self, index)

    monkeypatch.setattr(data_set, '__getitem__', reading)
    first, second = hook.evaluate(runner.model), hook.evaluate(runner.model)
    assert first == second and 'knn5_paste' in first
    assert len(read) == sum(len(x.dataset) for x in hook.dataloaders)
