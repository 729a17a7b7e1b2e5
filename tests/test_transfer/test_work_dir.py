"""A work dir is one run's."""

import pytest

from regioncl_mm.transfer.source import Source
from regioncl_mm.transfer.work_dir import (
    check_no_training,
    claim,
    default_work_dir,
    finished,
    make_record,
)
from regioncl_mm.utils.files import write_json

ONE = Source('checkpoint', None, None, dict(sha256='1' * 64))
TWO = Source('checkpoint', None, None, dict(sha256='2' * 64))
RANDOM = Source('random', None, None, None)


def record(source=ONE, **options):
    return make_record('configs/a.py', options, source, 0)


def test_folders_are_named_after_config_backbone_and_seed():
    found = [
        default_work_dir('configs/a.py', ONE, 0),
        default_work_dir('configs/a.py', ONE, 3),
        default_work_dir('configs/a.py', RANDOM, 0),
        default_work_dir('configs/b.py', TWO, 0),
    ]
    assert [path.as_posix() for path in found] == [
        'work_dirs/transfer/a/111111111111',
        'work_dirs/transfer/a/111111111111-seed3',
        'work_dirs/transfer/a/random',
        'work_dirs/transfer/b/222222222222',
    ]


def test_another_run_is_refused(tmp_path):
    claim(tmp_path / 'new', record(), go_on=False)
    for other, words in (
        (record(TWO), 'backbone: '),
        (record(RANDOM), "'random' here"),
        (record(lr=1), 'cfg_options: {} there'),
    ):
        for go_on in (True, False):
            with pytest.raises(ValueError, match=words):
                claim(tmp_path / 'new', other, go_on)
    claim(tmp_path / 'new', record(), go_on=True)


def test_the_same_run_goes_on_only_if_told_to(tmp_path):
    claim(tmp_path, record(), go_on=False)
    with pytest.raises(ValueError, match='unfinished: --resume goes on'):
        claim(tmp_path, record(), go_on=False)
    assert finished(tmp_path, record()) is None
    write_json(tmp_path / 'results.json', dict(metrics=1))
    with pytest.raises(ValueError, match='finished: see .*results.json'):
        claim(tmp_path, record(), go_on=False)
    assert finished(tmp_path, record()) == dict(metrics=1)
    assert finished(tmp_path, record(TWO)) is None


@pytest.mark.parametrize(
    'results, counts',
    [
        (dict(trained=True), True),
        (dict(trained=False), False),  # --test-only, before the end
        (dict(metrics_before=None), True),  # of earlier versions
        (dict(knn=dict(vote='majority')), False),  # theirs, of tools/knn.py
    ],
)
def test_a_run_is_finished_once_it_was_trained_to_its_end(
    results, counts, tmp_path
):
    claim(tmp_path, record(), go_on=False)
    write_json(tmp_path / 'results.json', results)
    assert finished(tmp_path, record()) == (results if counts else None)
    with pytest.raises(ValueError, match='finished: see' if counts else 'unf'):
        claim(tmp_path, record(), go_on=False)


def test_neighbours_leave_a_training_alone(tmp_path):
    check_no_training(tmp_path / 'new')
    claim(tmp_path / 'new', record(), go_on=False)
    with pytest.raises(ValueError, match='new holds a run of transfer.py'):
        check_no_training(tmp_path / 'new')


@pytest.mark.parametrize('name', ['last_checkpoint', 'epoch_1.pth'])
def test_a_folder_of_another_tool_is_left_alone(name, tmp_path):
    (tmp_path / name).write_text('epoch_1.pth')
    with pytest.raises(ValueError, match='this tool did not start'):
        claim(tmp_path, record(), go_on=True)
    assert len(list(tmp_path.iterdir())) == 1


def test_options_are_compared_as_json_has_them(tmp_path):
    options = {'a.b': (1, 2), 'c': None}
    claim(tmp_path, record(**options), go_on=False)
    claim(tmp_path, record(**options), go_on=True)


def test_a_broken_record_is_named(tmp_path):
    (tmp_path / 'transfer.json').write_text('{')
    with pytest.raises(ValueError, match='transfer.json is not JSON'):
        claim(tmp_path, record(), go_on=True)
