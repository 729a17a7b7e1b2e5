#!/usr/bin/env bash
# mmengine: a run resumed from a checkpoint inside an epoch repeats that epoch
# and counts its steps twice, so that an epoch-based run ends with more
# iterations than it has.
#
# Versions: mmengine 0.10.7, torch 2.14.1, numpy 2.4.6 (Python 3.11 or later).
# Valid input: `by_epoch=False` is documented for CheckpointHook, and
# `Runner(resume=True)` for any of its files.
#
# Behaviour: EpochBasedTrainLoop.run_epoch begins every epoch at its first
# batch, and keeps the counter of the checkpoint. Two epochs of 8 batches,
# saved at step 5 of the first and resumed, make 5 + 8 + 8 = 21 steps, and
# schedules by iteration have run out for the last 5.
#
# Output seen:
#   whole run: 16 steps, resumed at step 5: ends at 21
#   rates of the last 6 steps: [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.4.6 mmengine==0.10.7
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'END'
import torch
from mmengine.dataset import DefaultSampler
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner

# torch >= 2.6 refuses mmengine's own checkpoints; that is not the point here.
load = torch.load
torch.load = lambda *a, **k: load(*a, **{**k, 'weights_only': False})


class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return dict(inputs=torch.ones(1))


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs, mode='loss'):
        return dict(loss=((self.weight - torch.stack(inputs)) ** 2).mean())


class Watch(Hook):
    def __init__(self, stop=None):
        self.stop, self.rates = stop, []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.stop:
            raise KeyboardInterrupt
        self.rates.append(runner.optim_wrapper.get_lr()['lr'][0])


def run(watch, resume):
    runner = Runner(
        Line(), work_dir='run', resume=resume, log_level='ERROR',
        train_dataloader=dict(
            batch_size=1, num_workers=0, dataset=Numbers(),
            sampler=dict(type=DefaultSampler, shuffle=False)),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        param_scheduler=dict(
            type='LinearLR', start_factor=1, end_factor=0, end=16,
            by_epoch=False),
        default_hooks=dict(
            checkpoint=dict(type='CheckpointHook', interval=5, by_epoch=False),
            logger=None),
        custom_hooks=[watch])
    try:
        runner.train()
    except KeyboardInterrupt:
        pass
    return runner.iter


run(Watch(stop=7), resume=False)
again = Watch()
end = run(again, resume=True)
print(f'whole run: 16 steps, resumed at step 5: ends at {end}')
print('rates of the last 6 steps:', [round(x, 4) for x in again.rates[-6:]])
assert end == 21, 'mmengine no longer repeats the epoch'
assert again.rates[-5:] == [0.0] * 5
END
echo 'as described'
