import json

import pytest
import torch
from mmengine.runner import Runner
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


def test_evaluating_leaves_the_training_as_it_was(quickstart):
    """Weights after training are the same with the hook and without."""
    weights = []
    for hooks in (quickstart.custom_hooks, quickstart.custom_hooks[:2]):
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
