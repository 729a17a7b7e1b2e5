"""tools/transfer.py and tools/knn.py in two processes, on gloo."""

import json
import os
import subprocess
import sys

import pytest
import torch
from conftest import REPO
from pretrained import MOBY, save_pretrained
from processes import free_port
from tool_calls import call, main_of
from transfer_configs import UPERNET

TWINS = REPO / 'configs' / 'quickstart' / 'evaluation'
SWIN = TWINS / 'swin-micro_1xb64-linear-coslr-5e_fashion-mnist.py'
KNN = TWINS / 'resnet18-tiny_1xb500-knn_fashion-mnist.py'
SHORT = ('train_cfg.max_iters=2', 'default_hooks.logger.interval=1')


def start(*command, cwd, **env):
    """What a program says, in processes of its own."""
    result = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={**os.environ, 'OMP_NUM_THREADS': '1', **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope='module')
def images(tmp_path_factory, fashion_mnist_root):
    """64 and 32 images, and label sets of the latter."""
    toy = tmp_path_factory.mktemp('label-sets')
    (toy / 'fashion-mnist').mkdir()
    labels = json.dumps([[i % 10] for i in range(32)])
    (toy / 'fashion-mnist' / 'real.json').write_text(labels)
    return dict(DATA_ROOT=str(fashion_mnist_root), TOY_DATA_ROOT=str(toy))


@pytest.fixture(scope='module')
def together(toy, images, checkpoint, tmp_path_factory):
    """A folder in which two processes ran commands one after another.

    Also, by the command's name, the two exit statuses and what both said.
    """
    folder = tmp_path_factory.mktemp('together')
    content = torch.load(checkpoint, weights_only=False)
    del content['state_dict']['backbone.layer1.0.conv1.weight']
    torch.save(content, folder / 'dropped.pth')
    swin = save_pretrained(folder / 'swin.pth', MOBY, 'moby')
    # Tool, data, config, checkpoint and options; the name is the work dir's.
    commands = dict(
        dropped=('transfer', toy, UPERNET, 'dropped.pth', *SHORT),
        segmentor=(
            *('transfer', toy, UPERNET, checkpoint, *SHORT),
            'train_dataloader.batch_size=2',
        ),
        linear=(
            *('transfer', images, SWIN, swin, 'train_cfg.max_epochs=2'),
            'train_dataloader.batch_size=16',
        ),
        # 64 images are 32 each; of 32 and batches of 5 the last is of 2.
        knn=('knn', images, KNN, checkpoint, 'train_dataloader.batch_size=5'),
    )
    lines = []
    for name, (tool, data, config, start_from, *options) in commands.items():
        arguments = [config, start_from, '--launcher', 'pytorch']
        arguments += ['--k', 5, 20] if tool == 'knn' else []
        arguments += ['--work-dir', name, '--cfg-options', *options]
        lines.append((f'{tool}.py', data, [*map(str, arguments)]))
    (folder / 'commands.json').write_text(json.dumps(lines))
    paths = (REPO, REPO / 'tools', os.environ.get('PYTHONPATH', ''))
    start(
        *(sys.executable, '-m', 'torch.distributed.run'),
        *('--nproc_per_node', 2, '--master_port', free_port()),
        *(REPO / 'tests' / 'commands_in_processes.py', 'commands.json'),
        cwd=folder,
        PYTHONPATH=os.pathsep.join(map(str, paths)),
    )
    both = [json.loads((folder / f'{i}.json').read_text()) for i in range(2)]
    outcomes = {}
    for name, first, second in zip(commands, *both):
        outcomes[name] = [first[0], second[0]], first[1] + second[1]
    return folder, outcomes


def results(work_dir):
    return json.loads((work_dir / 'results.json').read_text())


def test_a_segmentor_in_two_processes(together):
    folder, outcomes = together
    statuses, said = outcomes['segmentor']
    assert statuses == [0, 0], said
    assert said.count('verified 96/96 backbone tensors') == 1
    assert said.count('wrote segmentor/results.json') == 1
    found = results(folder / 'segmentor')
    assert found['world_size'] == 2 and found['verified']['complete']
    assert 0 <= found['metrics']['mIoU'] <= 100


def test_two_processes_stop_together(together):
    folder, outcomes = together
    statuses, said = outcomes['dropped']
    assert statuses == [1, 1]
    assert said.count('not in the file: 1, layer1.0.conv1.weight') == 1
    assert 'Iter(train)' not in said
    assert not (folder / 'dropped' / 'results.json').exists()


def test_two_processes_test_the_same_weights(together):
    folder, outcomes = together
    statuses, said = outcomes['linear']
    assert statuses == [0, 0], said
    found = results(folder / 'linear')
    assert found['world_size'] == 2 and found['verified']['frozen']
    (scalars,) = (folder / 'linear').glob('*/vis_data/scalars.json')
    lines = map(json.loads, scalars.read_text().splitlines())
    best = max(x['accuracy/top1'] for x in lines if 'accuracy/top1' in x)
    assert found['metrics']['accuracy/top1'] == pytest.approx(best)


def test_two_processes_find_what_one_finds(
    together, checkpoint, images, tmp_path
):
    folder, outcomes = together
    statuses, said = outcomes['knn']
    assert statuses == [0, 0], said
    assert said.count('wrote 64 x 32 features: work_dirs/features/') == 1
    assert said.count('verified 96/96') == 1
    call(
        main_of('knn.py'),
        *(KNN, checkpoint, '--k', '5', '20', '--work-dir', 'out'),
        cwd=tmp_path,
        **images,
    )
    two, one = results(folder / 'knn'), results(tmp_path / 'out')
    assert two['world_size'] == 2 and two['metrics'] == one['metrics']


@pytest.mark.parametrize('tool', ['transfer', 'knn'])
def test_what_the_scripts_for_several_processes_start(tool, tmp_path):
    said = start(
        *('bash', REPO / 'tools' / f'dist_{tool}.sh', 'a.py', 'b.pth', 2),
        *('--method', 'mine'),
        cwd=tmp_path,
        PYTHON='echo',
        PORT='29673',
    )
    words = said.split()
    assert words[0] == str(REPO / 'tools' / '_launch.py')
    script = words.index(str(REPO / 'tools' / f'{tool}.py'))
    assert words[script - 2 : script] == ['--nproc_per_node', '2']
    assert words[words.index('--master_port') + 1] == '29673'
    assert words[script + 1 :] == [
        *('--launcher', 'pytorch', 'a.py', 'b.pth', '--method', 'mine')
    ]
