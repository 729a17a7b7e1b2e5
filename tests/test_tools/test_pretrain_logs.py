"""What a page tells of a training whose work dir has had another one."""

import json
from argparse import Namespace
from pathlib import Path

import pytest
from mmengine.config import Config

from regioncl_mm.analysis.runs import read_knn
from regioncl_mm.cli.pretrain import finish, write
from regioncl_mm.cli.pretrain.curves import panels, read_scalars, series
from regioncl_mm.utils.files import read_json

LABELLED = [dict(knn20=41.7, step=0)] + [
    dict(loss=3.0, iter=i, step=i) for i in (4, 8, 12)
]
UNLABELLED = [dict(loss=2.0, iter=i, step=i) for i in range(10, 2000, 10)]


def log(out, begun, lines, cut_off=''):
    place = out / begun / 'vis_data'
    place.mkdir(parents=True)
    text = ''.join(f'{json.dumps(line)}\n' for line in lines)
    (place / 'scalars.json').write_text(text + cut_off)


def arguments(**said):
    nothing = dict.fromkeys(write.FLAGS)
    return Namespace(**{**nothing, **said}, folder=Path('/photos'))


def begin(out, **said):
    """What a training that begins writes down, without a backbone."""
    (out / 'recipe').mkdir(exist_ok=True)
    write.write_chosen(arguments(**said), out / 'recipe' / 'c.py', [])
    return read_json(out / 'recipe' / 'chosen.json')


def test_what_an_earlier_training_logged_is_none_of_the_page(tmp_path):
    log(tmp_path, '20250101_000000', LABELLED)
    chosen = begin(tmp_path, no_labels=True)
    log(tmp_path, '20250101_010000', UNLABELLED)
    lines = read_scalars(tmp_path, chosen['earlier'])
    assert list(panels(lines)) == ['losses']
    assert series(lines, 'loss')[0] == list(range(10, 2000, 10))
    cfg = Config(
        dict(
            train_cfg=dict(max_epochs=20),
            model=dict(neck=dict(out_channels=128)),
        )
    )
    made = Namespace(data_folder=Path('/photos'))
    (remark,) = finish.remarks_on(lines, 'regioncl-m', cfg, made)
    assert remark.startswith('20 epochs of RegionCL-M')


def test_what_is_resumed_goes_on_in_the_page(tmp_path):
    chosen = begin(tmp_path)
    log(tmp_path, '20250101_000000', LABELLED)
    assert read_scalars(tmp_path, chosen['earlier']) == LABELLED


def test_no_labels_is_kept_and_refused_where_there_are_some(tmp_path, capsys):
    begin(tmp_path, seed=0)
    with pytest.raises(ValueError, match='which has not --no-labels: leave'):
        write.kept_config(arguments(no_labels=True), tmp_path)
    chosen = begin(tmp_path, seed=0, no_labels=True)
    path = tmp_path / 'recipe' / 'c.py'
    for no_labels in (None, True):
        args = arguments(no_labels=no_labels)
        assert write.kept_config(args, tmp_path) == path
    cfg = Config(dict(train_cfg=dict(max_epochs=20)))
    assert finish.twice_as_long(chosen['flags'], cfg, tmp_path / 'out') == (
        *('--epochs 40', '--seed 0', '--no-labels'),
        f'--work-dir {tmp_path}/out-longer',
    )


def test_an_evaluation_of_steps_that_are_repeated_is_none(tmp_path):
    knn = [dict(knn20=10.0 * i, step=i) for i in range(3)]
    log(tmp_path, '20250101_000000', knn)
    log(tmp_path, '20250101_010000', [dict(loss=1.0, epoch=2, iter=9, step=9)])
    assert series(read_scalars(tmp_path), 'knn20') == ([0, 1], [0.0, 10.0])


def test_a_line_that_is_cut_off_is_passed_over(tmp_path):
    log(tmp_path, '20250101_000000', LABELLED, '{"loss": 2.0, "it')
    later = [dict(knn20=50.0, step=1), *UNLABELLED[2:]]
    log(tmp_path, '20250101_010000', later)
    losses = series(read_scalars(tmp_path), 'loss')
    assert losses[0][:4] == [4, 8, 12, 30]
    assert read_knn(tmp_path) == {0: 41.7, 1: 50.0}
