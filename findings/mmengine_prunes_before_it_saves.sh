#!/usr/bin/env bash
# mmengine: with max_keep_ckpts=1 the only good checkpoint is removed before
# its successor is written, and the successor is written under its final name.
#
# Versions: mmengine 0.10.7, torch 2.14.1, numpy 2.4.6 (Python 3.11 or later).
# Valid input: a run that keeps one checkpoint, and a disk that is full when
# the second is saved (here a limit on the size of files).
#
# Behaviour: CheckpointHook removes the oldest file first, then saves in place.
# When the save fails, the folder holds a cut file alone, and `last_checkpoint`
# still names the one that is gone: there is nothing left to resume from.
#
# Output seen:
#   after the first save: epoch_1.pth (whole), mark: epoch_1.pth
#   after the failed one: epoch_2.pth (cut), mark: epoch_1.pth
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.4.6 mmengine==0.10.7
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'END'
import resource
import signal
import zipfile
from pathlib import Path

import torch
from mmengine.dataset import DefaultSampler
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return dict(inputs=torch.ones(1))


class Large(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1_000_000))

    def forward(self, inputs, mode='loss'):
        return dict(loss=(self.weight**2).mean())


def state(when):
    files = [
        f'{x.name} ({"whole" if zipfile.is_zipfile(x) else "cut"})'
        for x in sorted(Path('run').glob('*.pth'))
    ]
    mark = Path(Path('run/last_checkpoint').read_text()).name
    text = f'{when}: {", ".join(files)}, mark: {mark}'
    print(text)
    return text


class FullDisk(Hook):
    priority = 'LOWEST'

    def after_train_epoch(self, runner):
        if runner.epoch == 0:
            self.first = state('after the first save')
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, -1))


disk = FullDisk()
runner = Runner(
    Large(), work_dir='run', log_level='CRITICAL',
    train_dataloader=dict(
        batch_size=1, num_workers=0, dataset=Numbers(),
        sampler=dict(type=DefaultSampler, shuffle=False)),
    train_cfg=dict(by_epoch=True, max_epochs=2),
    optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
    default_hooks=dict(
        checkpoint=dict(type='CheckpointHook', interval=1, max_keep_ckpts=1),
        logger=None),
    custom_hooks=[disk])
try:
    runner.train()
except (OSError, RuntimeError):
    pass
second = state('after the failed one')
assert disk.first.endswith('epoch_1.pth (whole), mark: epoch_1.pth')
assert second.endswith('epoch_2.pth (cut), mark: epoch_1.pth')
END
echo 'as described'
