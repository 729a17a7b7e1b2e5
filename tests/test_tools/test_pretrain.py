"""tools/pretrain.py from a folder of photographs to a page."""

import json
import logging
import os
import re
import shutil
import subprocess

import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from photographs import flat, make_pictures
from processes import free_port
from tool_calls import call, main_of

from regioncl_mm.checkpoints import load_state_dict
from regioncl_mm.cli.pretrain import backbones, finish, prepare, run
from regioncl_mm.cli.pretrain.curves import panels, read_scalars, series
from regioncl_mm.cli.pretrain.neighbours import own_first
from regioncl_mm.cli.pretrain.show import Progress
from regioncl_mm.hooks import ResumeHook

TINY = ('--size', 64, '--epochs', 1, '--batch-size', 4)


def pretrain(*arguments, **kwargs):
    return call(main_of('pretrain.py'), *arguments, **kwargs)


@pytest.fixture(scope='module', autouse=True)
def resnet18_has_few_channels():
    """In this process, where a step then takes little time."""

    def find(name, size):
        found = backbones.find_backbone(name, size)
        if name != 'resnet18':
            return found
        few = dict(stem_channels=8, base_channels=8)
        return found._replace(config={**found.config, **few}, channels=64)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepare, 'find_backbone', find)
        yield


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder of 11 pictures and of what must be left out, its work dir, and
    what was said."""
    cwd = tmp_path_factory.mktemp('pretrain')
    folder = make_pictures(cwd / 'my photos', flat(11))
    broken = (folder / flat(11)[3]).read_bytes()[:300]
    (folder / 'IMG_9999.JPG').write_bytes(broken)
    (folder / 'notes.txt').touch()
    said = pretrain('my photos', *TINY, cwd=cwd)
    return cwd, cwd / 'work_dirs' / 'pretrain-my-photos', said


def test_it_says_what_it_chose_and_why(trained):
    _, _, said = trained
    for pattern in (
        'pictures +11 ',
        'left out: IMG_9999.JPG: it ',
        'left out: 1 .txt',
        'backbone +resnet18 +small, for there is no GPU',
        'method +regioncl-m .*recipe: regioncl-m_resnet50_',
        r'rectangle +1 cell\(s\) +of 2x2, each 32 pixels wide',
        'batch +4 +as asked for',
        "rate +0.0005859 +SGD's 0.15 is for 1,024 pictures a step",
        'queue +4 keys +at most half as many',
        'batch norm in 2 parts',
    ):
        assert re.search(pattern, said), pattern


def test_the_screen_shows_progress_and_no_more(trained):
    _, out, said = trained
    (progress,) = re.findall(r'^Epoch\(train\) .*', said, re.M)
    assert '[1][2/2]' in progress and 'eta: 0:00:00' in progress
    for noise in ('warn', 'deprecated', 'requires_grad', 'System environment'):
        assert noise not in said
    (log,) = out.glob('*/*.log')
    assert 'System environment' in log.read_text()


def test_it_ends_with_checkpoint_backbone_and_page(trained):
    cwd, out, said = trained
    assert (out / 'epoch_1.pth').is_file()
    (backbone,) = (out / 'backbone').glob('*.pth')
    names = load_state_dict(backbone)
    assert 'backbone.layer4.1.conv2.weight' in names
    assert f'backbone   {backbone.relative_to(cwd)}' in said
    page = (out / 'index.html').read_text()
    assert page.count('src="data:image/png;base64,') == 3
    for text in (
        '<h1>RegionCL-M on my photos</h1>',
        'These were 2 steps',
        'Nearest neighbours of a few pictures',
        'at most half as many as there are pictures',
        f'checkpoint=&#x27;{backbone.relative_to(cwd)}&#x27;',
        'What to do next',
        '&#x27; --size 64 --epochs 2 --batch-size 4 '
        '--work-dir work_dirs/pretrain-my-photos-longer',
    ):
        assert text in page, text
    for picture in ('composites', 'curves', 'neighbours'):
        content = (out / f'{picture}.png').read_bytes()
        assert content.startswith(b'\x89PNG')


def test_train_runs_the_config_as_it_stands(trained, tmp_path):
    _, out, _ = trained
    (config,) = (out / 'recipe').glob('*.py')
    assert config.stem == 'regioncl-m_resnet18_my-photos'
    text = config.read_text()
    assert '_base_' not in text and '# batch 4 as asked for' in text
    listed = (out / 'recipe' / 'pictures.txt').read_text()
    assert listed.splitlines() == flat(11)
    cfg = Config.fromfile(config)
    assert cfg.auto_scale_lr.base_batch_size == 4
    call(main_of('train.py'), config, '--work-dir', tmp_path)
    assert (tmp_path / 'epoch_1.pth').is_file()
    first, again = (
        load_state_dict(x / 'epoch_1.pth') for x in (out, tmp_path)
    )
    for name in first:  # same seed, same pictures
        assert torch.equal(first[name], again[name]), name


def test_a_used_work_dir_is_refused_and_resumed(trained, tmp_path):
    cwd, out, _ = trained
    shutil.copytree(out, tmp_path / 'out')
    arguments = ('my photos', '--work-dir', tmp_path / 'out')
    said = pretrain(*arguments, *TINY, ok=False, cwd=cwd)
    assert said.startswith('pretrain.py: ') and '--resume goes on' in said
    said = pretrain(
        *(*arguments, '--resume', '--epochs', 9), ok=False, cwd=cwd
    )
    assert re.search('as it is, which has not --epochs 9: leave', said)
    other = make_pictures(tmp_path / 'other', flat(2))
    said = pretrain(other, *arguments[1:], '--resume', ok=False, cwd=cwd)
    assert 'which has not the folder' in said
    (tmp_path / 'out' / 'index.html').unlink()
    said = pretrain(*arguments, *TINY, '--resume', cwd=cwd)
    assert 'going on with' in said and 'from epoch_1.pth' in said
    assert 'left out' not in said  # nothing is chosen anew
    assert (tmp_path / 'out' / 'index.html').is_file()


def test_an_interrupted_run_goes_on(tmp_path, monkeypatch):
    folder = make_pictures(tmp_path / 'photos', flat(8))
    arguments = (folder, '--size', 64, '--epochs', 2, '--batch-size', 4)
    (tmp_path / 'whole').mkdir()
    (tmp_path / 'parts').mkdir()
    pretrain(*arguments, cwd=tmp_path / 'whole')
    place = tmp_path / 'parts' / 'work_dirs' / 'pretrain-photos'

    def stop(self, runner):
        if runner.epoch == 1:
            raise SystemExit(85)

    with monkeypatch.context() as patch:
        patch.setattr(ResumeHook, 'before_train_epoch', stop)
        pretrain(*arguments, ok=False, cwd=tmp_path / 'parts')
    assert not (place / 'index.html').exists()
    said = pretrain(*arguments, '--resume', cwd=tmp_path / 'parts')
    assert '[2][2/2]' in said and '[1][' not in said
    first, again = (
        load_state_dict(x / 'work_dirs' / 'pretrain-photos' / 'epoch_2.pth')
        for x in (tmp_path / 'whole', tmp_path / 'parts')
    )
    for name in first:
        assert torch.equal(first[name], again[name]), name


def test_folders_that_are_classes_are_asked_for_their_neighbours(tmp_path):
    names = [f'{kind}/{i}.jpg' for kind in ('cat', 'dog') for i in range(5)]
    folder = make_pictures(tmp_path / 'pets', names)
    said = pretrain(*(folder, *TINY, '--method', 'simsiam'), cwd=tmp_path)
    assert re.search('classes +2 +folders cat, dog: for the kNN alone', said)
    out = tmp_path / 'work_dirs' / 'pretrain-pets'
    logged = [x for x in read_scalars(out) if 'knn2' in x]
    assert [x['step'] for x in logged] == [0, 1]
    page = (out / 'index.html').read_text()
    assert '2 neighbours name the class of ' in page
    assert 'SimSiam on pets' in page and 'tools/knn.py' in page
    # A base method makes no composites.
    assert not (out / 'composites.png').exists()
    assert page.count('src="data:') == 2
    command = re.search(r'tools/knn.py (\S+) (\S+) --k 5', said)
    result = call(
        main_of('knn.py'),
        *(*command.groups(), '--k', 5, '--work-dir', 'knn'),
        cwd=tmp_path,
    )
    assert '5-NN' in result or 'knn5' in result


def test_anew_without_labels_nothing_is_told_of_the_labels(tmp_path):
    names = [f'{kind}/{i}.jpg' for kind in ('may', 'june') for i in range(5)]
    folder = make_pictures(tmp_path / 'trips', names)
    out = tmp_path / 'out'
    logs = out / '20250101_000000' / 'vis_data'
    logs.mkdir(parents=True)
    (logs / 'scalars.json').write_text('{"knn2": 41.7, "step": 0}\n')
    (out / 'epoch_1.pth').touch()
    arguments = (folder, *TINY, '--method', 'simsiam', '--work-dir', out)
    said = pretrain(*arguments, '--anew', '--no-labels', cwd=tmp_path)
    assert len(list(out.glob('earlier_*/epoch_1.pth'))) == 1
    assert (logs / 'scalars.json').is_file()
    assert '41.7' not in said and 'neighbours name the class' not in said
    page = (out / 'index.html').read_text()
    assert '41.7' not in page and '--no-labels --work-dir' in page


@pytest.mark.parametrize(
    'options, message',
    [
        (('--method', 'dino'), 'no method dino'),
        (('--size', 70), 'take 64 or 96'),
        (('--work-dir', 'my photos'), '--work-dir cannot be the folder'),
        (('--batch-size', 8), '11 .* fewer than two batches of 8'),
        (('--launcher', 'slurm'), '--launcher slurm: SLURM_PROCID is not set'),
        (('--method', 'moby', '--backbone', 'resnet50'), 'shuffles no keys'),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(
    trained, options, message, tmp_path
):
    cwd, _, _ = trained
    said = pretrain(
        *('my photos', '--work-dir', tmp_path / 'out', *options),
        ok=False,
        cwd=cwd,
    )
    assert re.search(f'^pretrain.py: .*{message}', said, re.M), said
    assert 'Traceback' not in said
    assert not list((tmp_path / 'out').glob('*.pth'))


def test_copies_of_a_few_pictures_are_refused(tmp_path):
    folder = make_pictures(tmp_path / 'copies', flat(3))
    for i in range(20):
        shutil.copy(folder / flat(3)[i % 3], folder / f'copy {i}.jpg')
    said = pretrain(folder, *TINY, ok=False, cwd=tmp_path)
    assert 'of 23 pictures only 3 look different' in said


def test_two_processes_without_a_gpu(tmp_path):
    folder = make_pictures(tmp_path / 'photos', flat(9))
    arguments = (*TINY, '--method', 'regioncl-s', '--work-dir', 'out')
    result = subprocess.run(
        ['bash', REPO / 'tools' / 'dist_pretrain.sh', folder, '2']
        + [str(x) for x in arguments],
        cwd=tmp_path,
        env={**os.environ, 'PORT': str(free_port()), 'OMP_NUM_THREADS': '1'},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    said = result.stdout
    assert result.returncode == 0, said
    assert re.search(r'machine +2 process\(es\)', said)
    assert said.count('[1][2/2]') == 1
    assert (tmp_path / 'out' / 'index.html').is_file()


def record(text, level=logging.INFO):
    return logging.LogRecord('', level, '', 0, text, (), None)


def test_the_screen_has_a_line_in_five_seconds_and_the_last():
    now = [0.0]
    progress = Progress(lambda: now[0])
    shown = []
    for now[0], text in (
        (0, 'Epoch(train) [1][1/9] eta: 0:01:00'),
        (4, 'Epoch(train) [1][2/9] eta: 0:00:50'),
        (5, 'Epoch(train) [1][3/9] eta: 0:00:40'),
        (5, 'Epoch(knn) [1]'),
        (6, 'Config: a long one'),
        (7, 'Epoch(train) [1][9/9] eta: 0:00:00'),
    ):
        if progress.filter(record(text)):
            shown.append(text[:21])
    assert shown == [
        'Epoch(train) [1][1/9]',
        'Epoch(train) [1][3/9]',
        'Epoch(knn) [1]',
        'Epoch(train) [1][9/9]',
    ]
    for text, seen in (('a queue', True), ('it is deprecated', False)):
        assert progress.filter(record(text, logging.WARNING)) is seen


def test_a_resumed_run_takes_the_place_of_what_it_repeats(tmp_path):
    def log(time, *lines):
        place = tmp_path / time / 'vis_data'
        place.mkdir(parents=True)
        text = ''.join(f'{json.dumps(line)}\n' for line in lines)
        (place / 'scalars.json').write_text(text)

    log(
        '20261128_1',
        *(dict(loss=3.0, step=1, lr=1), dict(knn5=10.0, step=1)),
        *(dict(loss=2.0, step=2, lr=1), dict(loss=9.0, step=3, lr=1)),
    )
    log('20261128_2', dict(loss=1.0, step=3, lr=1), dict(knn5=20.0, step=2))
    lines = read_scalars(tmp_path)
    assert series(lines, 'loss') == ([1, 2, 3], [3.0, 2.0, 1.0])
    assert series(lines, 'knn5') == ([1, 2], [10.0, 20.0])
    assert panels(lines) == {
        'losses': ['loss'],
        'learning rate': ['lr'],
        'kNN accuracy by epoch, %': ['knn5'],
    }


@pytest.mark.parametrize(
    'found, expected',
    [([4, 1, 2], [4, 1, 2]), ([1, 4, 2], [4, 1, 2]), ([1, 2, 3], [4, 1, 2])],
)
def test_a_picture_is_not_its_own_neighbour(found, expected):
    assert own_first(4, found) == expected


def test_the_page_speaks_of_collapse(trained):
    _, out, _ = trained
    (config,) = (out / 'recipe').glob('*.py')
    cfg = Config.fromfile(config)
    made = finish.Made(
        *(out / 'epoch_1.pth', out, 'hash', config, out, False, ())
    )
    for std, verdict in ((0.05, 'nothing has'), (0.008, 'nearly all alike')):
        lines = [dict(loss=1.0, step=5000, iter=5000, embedding_std=std)]
        remarks = finish.remarks_on(lines, 'regioncl-m', cfg, made)
        assert len(remarks) == 3 and verdict in remarks[-1]
        assert 'while the queue fills' in remarks[1]


def test_the_work_dir_is_named_after_the_folder(tmp_path):
    assert run.default_work_dir(tmp_path / 'Été 2026 (1)').name == (
        'pretrain-Été-2026-1'
    )
