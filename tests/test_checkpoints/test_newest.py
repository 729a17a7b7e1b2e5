"""A run goes on from the newest whole checkpoint, and says which."""

import shutil

import pytest
import torch
from mmengine.config import Config
from test_whole import flip
from tiny_run import save_as_mmengine

from regioncl_mm.checkpoints.newest import (
    MARK,
    checkpoint_folder,
    find_newest,
    resume_from_newest,
)
from regioncl_mm.checkpoints.outline import Saved, when_saved

MORNING, NOON, EVENING = (f'20261128_{hour}0000' for hour in (10, 12, 18))


@pytest.fixture
def work_dir(tmp_path):
    """Three checkpoints, the latest of them marked."""
    folder = tmp_path / 'work_dir'
    folder.mkdir()
    for iteration, time in ((10, MORNING), (20, NOON), (30, EVENING)):
        save_as_mmengine(folder / f'iter_{iteration}.pth', iteration, time)
    (folder / MARK).write_text(str(folder / 'iter_30.pth'))
    # What else may lie there.
    torch.save(dict(state_dict={}), folder / 'backbone-0123.pth')
    save_as_mmengine(folder / 'best_a_iter_20.pth', 99, EVENING)
    legacy = dict(_use_new_zipfile_serialization=False)
    torch.save(dict(a=1), folder / 'resnet50-19c8e357.pth', **legacy)
    (folder / '.iter_40.pth.0a.part').write_bytes(b'PK')
    return folder


def newest(folder):
    return find_newest(folder).path.name


def test_only_what_it_was_saved_as_is_read(work_dir):
    path = work_dir / 'iter_20.pth'
    assert when_saved(path) == Saved(NOON, 20, 0)
    flip(path, 'iter_20/data/0')
    assert when_saved(path) == Saved(NOON, 20, 0)
    assert when_saved(work_dir / 'backbone-0123.pth') is None


@pytest.mark.parametrize(
    'mark',
    [None, '', '/elsewhere/iter_30.pth', 'iter_40.pth', 'folder/', '\n'],
)
def test_marks_that_say_nothing(mark, work_dir):
    if mark is None:
        (work_dir / MARK).unlink()
    else:
        (work_dir / MARK).write_text(mark)
    assert newest(work_dir) == 'iter_30.pth'
    assert find_newest(work_dir).lines == [
        f'going on from {work_dir / "iter_30.pth"}'
    ]


def test_what_was_saved_and_not_yet_marked(work_dir):
    (work_dir / MARK).write_text('iter_20.pth')
    assert newest(work_dir) == 'iter_30.pth'


def test_a_run_that_went_back(work_dir):
    """iter_30 is of a run that was given up for one from iter_10 on."""
    save_as_mmengine(work_dir / 'iter_20.pth', 20, '20261129_100000')
    (work_dir / MARK).write_text('iter_20.pth')
    assert newest(work_dir) == 'iter_20.pth'
    (work_dir / MARK).unlink()
    assert newest(work_dir) == 'iter_20.pth'


def test_a_copy_has_its_own_and_says_nothing_of_the_first(work_dir):
    copy = work_dir.with_name('copy')
    shutil.copytree(work_dir, copy)
    shutil.rmtree(work_dir)
    assert find_newest(copy).path == copy / 'iter_30.pth'


@pytest.mark.parametrize('damage', ['bit', 'cut', 'empty', 'zeros'])
def test_a_damaged_one_is_skipped_and_named(damage, work_dir):
    path = work_dir / 'iter_30.pth'
    if damage == 'bit':
        flip(path, 'iter_30/data/1', at=5)
    else:
        size = path.stat().st_size
        content = dict(
            cut=path.read_bytes()[: size // 2], empty=b'', zeros=bytes(size)
        )
        path.write_bytes(content[damage])
    found = find_newest(work_dir)
    assert found.path == work_dir / 'iter_20.pth'
    skipped, going_on = found.lines
    assert skipped.startswith(f'skipped {path}: it is damaged or cut short (')
    assert going_on == f'going on from {found.path}'


def test_no_run_is_begun_beside_damaged_checkpoints(work_dir):
    for name in ('iter_10', 'iter_20', 'iter_30'):
        flip(work_dir / f'{name}.pth', f'{name}/data/0')
    with pytest.raises(ValueError) as raised:
        find_newest(work_dir)
    lines = str(raised.value).split('\n')
    assert len(lines) == 4 and 'no whole checkpoint' in lines[0]
    for path in work_dir.glob('iter_*'):
        path.unlink()
    with pytest.raises(ValueError, match='iter_30.pth'):
        find_newest(work_dir)


def config(work_dir, **settings):
    return Config(dict(work_dir=str(work_dir), launcher='none', **settings))


def test_configs_that_go_on(work_dir, tmp_path):
    cfg = config(work_dir, resume=True, load_from=None)
    lines = resume_from_newest(cfg)
    assert cfg.load_from == str(work_dir / 'iter_30.pth')
    assert lines == [f'going on from {cfg.load_from}']
    for settings in (dict(resume=False), dict(resume=True, load_from='a')):
        cfg = config(work_dir, **settings)
        assert resume_from_newest(cfg) == []
        assert cfg.to_dict() == config(work_dir, **settings).to_dict()
    cfg = config(tmp_path / 'none', resume=True)
    (line,) = resume_from_newest(cfg)
    assert cfg.get('load_from') is None
    assert line.endswith('none has no checkpoint: the run begins')


def test_where_a_run_saves():
    hooks = dict(checkpoint=dict(out_dir='/big'))
    assert str(checkpoint_folder(config('a/b'))) == 'a/b'
    assert str(checkpoint_folder(config('a/b', default_hooks=hooks))) == (
        '/big/b'
    )
