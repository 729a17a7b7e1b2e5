"""tools/check_data.py on the data of any downstream config."""

import check_data
from own_data import detector, segmentor, write_coco, write_masks
from tool_calls import call

from regioncl_mm.cli.check_data.data_sets import check


def dumped(cfg, tmp_path):
    path = tmp_path / 'own.py'
    cfg.dump(str(path))
    return path


def test_good_data_pass(tmp_path):
    write_masks(tmp_path, [(0, 1)] * 4)
    path = dumped(segmentor(tmp_path), tmp_path)
    said = call(check_data.main, 'config', path)
    assert f'ok: {tmp_path}/train: 4 of 4 images decoded' in said
    assert f'the data are what {path} takes them for' in said


def test_every_broken_picture_is_listed(tmp_path):
    write_coco(tmp_path)
    pictures = [tmp_path / 'train' / f'{i}.png' for i in (1, 3)]
    for picture in pictures:
        picture.write_bytes(picture.read_bytes()[:60])
    path, bad = dumped(detector(tmp_path), tmp_path), tmp_path / 'bad.txt'
    call(check_data.main, 'config', path, '--output', bad, ok=False)
    lines = bad.read_text().splitlines()
    assert [line.split('\t')[0] for line in lines] == list(map(str, pictures))


def test_all_masks_are_looked_at(tmp_path):
    """Not only so many as before a run."""
    write_masks(tmp_path, [(0, 9), (0, 1), (0, 1), (0, 1)])
    path = dumped(segmentor(tmp_path), tmp_path)
    for samples, found in ((1, 0), (None, 2)):
        report = check('config', path, samples)
        said = [x for x in report.problems if 'png has 9' in x]
        assert len(said) == found


def test_what_cannot_be_checked_is_said(tmp_path):
    path = tmp_path / 'own.py'
    path.write_text("default_scope = 'mmpretrain'")
    (said,) = check('config', path).problems
    assert 'of no downstream library' in said
    (said,) = check('config', tmp_path / 'none.py').problems
    assert said.endswith('none.py is no file')
