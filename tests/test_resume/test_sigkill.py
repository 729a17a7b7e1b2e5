"""tools/train.py by two processes, which end by SIGKILL at random steps."""

import os
import random
import subprocess

import pytest
from conftest import REPO
from processes import free_port
from resumed_runs import assert_same, config_of, last

KILL = """
import os, signal
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

@HOOKS.register_module()
class SigkillHook(Hook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        # The one that saves; torchrun ends the other.
        kill_in = int(os.environ.get('KILL_IN', -1))
        if is_main_process() and runner.iter == kill_in:
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.long
def test_two_processes_that_are_killed_and_resumed(
    fashion_mnist_root, tmp_path, monkeypatch
):
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))
    (tmp_path / 'sigkill.py').write_text(KILL)
    cfg = config_of('regioncl-m3', tmp_path / 'unused', workers=1)
    cfg.custom_imports.imports.append('sigkill')
    cfg.custom_hooks.append(dict(type='SigkillHook'))
    # Nobody knows the seed beforehand but those who have the checkpoint.
    cfg.randomness.seed = None
    cfg.train_cfg.max_epochs = 4
    cfg.default_hooks.checkpoint.interval = 1
    cfg.dump(tmp_path / 'config.py')

    def train(name, *arguments, **environment):
        paths = [str(tmp_path), str(REPO), os.environ.get('PYTHONPATH', '')]
        return subprocess.run(
            [
                *('bash', REPO / 'tools/dist_train.sh'),
                *(tmp_path / 'config.py', '2', '--work-dir', tmp_path / name),
                *arguments,
            ],
            env={
                **os.environ,
                'PYTHONPATH': os.pathsep.join(paths),
                'OMP_NUM_THREADS': '1',
                'PORT': str(free_port()),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )

    steps = sorted(random.sample(range(1, 8), 2))
    killed = train('killed', KILL_IN=str(steps[0]))
    assert 'SIGKILL' in killed.stdout, killed.stdout
    assert last(tmp_path / 'killed')[0] == f'iter_{steps[0]}.pth'
    killed = train('killed', '--resume', KILL_IN=str(steps[1]))
    assert last(tmp_path / 'killed')[0] == f'iter_{steps[1]}.pth', (
        killed.stdout
    )
    resumed = train('killed', '--resume')
    assert resumed.returncode == 0, resumed.stdout
    name, found = last(tmp_path / 'killed')
    seed = found['place'][-1]
    whole = train('whole', '--cfg-options', f'randomness.seed={seed}')
    assert whole.returncode == 0, whole.stdout
    assert name == 'iter_8.pth', steps
    assert_same(found, last(tmp_path / 'whole')[1])
