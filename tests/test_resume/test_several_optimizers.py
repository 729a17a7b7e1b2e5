"""A run with several optimizers, under all hooks of the project's runs."""

import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from tiny_run import shuffled_pairs
from torch import nn


class Two(BaseModel):
    """Each of its layers has an optimizer of its own."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, inputs, data_samples=None, mode='loss'):
        return dict(loss=self.b(self.a(inputs)).pow(2).mean())

    def train_step(self, data, optim_wrapper):
        data = self.data_preprocessor(data, True)
        loss, log = self.parse_losses(self(**data))
        loss.backward()
        for wrapper in optim_wrapper.values():
            wrapper.step()
            wrapper.zero_grad()
        return log


def train(work_dir, epochs, checkpoint=None):
    """Train with momentum; returns the weights."""
    generator = torch.Generator().manual_seed(0)
    data = [
        dict(
            inputs=torch.randn(3, generator=generator),
            data_samples=DataSample(),
        )
        for _ in range(8)
    ]
    cfg = Config.fromfile(REPO / 'configs/_base_/default_runtime.py')
    cfg.default_hooks.checkpoint.interval = 1
    model = Two()
    wrappers = {
        name: OptimWrapper(
            torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
        )
        for name, layer in model.named_children()
        if name in ('a', 'b')
    }
    runner = Runner(
        model,
        str(work_dir),
        train_dataloader=shuffled_pairs(data),
        train_cfg=dict(type='ResumableEpochBasedTrainLoop', max_epochs=epochs),
        optim_wrapper=OptimWrapperDict(**wrappers),
        default_hooks=cfg.default_hooks,
        load_from=checkpoint and str(checkpoint),
        resume=checkpoint is not None,
        default_scope='mmpretrain',
        log_level='WARNING',
        experiment_name=str(work_dir),
        randomness=dict(seed=0),
    )
    runner.train()
    assert runner.iter == 4 * epochs
    return model.state_dict()


def test_it_trains_and_is_resumed(tmp_path):
    train(tmp_path / 'half', 1)
    resumed = train(tmp_path / 'rest', 2, tmp_path / 'half/epoch_1.pth')
    for name, weight in train(tmp_path / 'whole', 2).items():
        assert torch.equal(resumed[name], weight), name
