"""Which pictures of a folder are found, refused, and taken for classes."""

import shutil

import cv2
import numpy as np
import pytest
from photographs import flat, make_pictures

from regioncl_mm.cli.pretrain.classes import label_by_folder
from regioncl_mm.cli.pretrain.look import look_at_all
from regioncl_mm.cli.pretrain.pictures import find_pictures


def test_pictures_are_found_in_any_tree_and_the_rest_is_counted(tmp_path):
    folder, out = tmp_path / 'photos', tmp_path / 'photos' / 'work'
    names = ['a.jpg', 'b/c.PNG', 'b/d e/f.tiff', 'é.webp']
    make_pictures(folder, [*names, '.hidden/g.jpg', 'work/h.jpg', '.i.jpg'])
    make_pictures(folder, ['__MACOSX/j.jpg', 'earlier/curves.png'])
    (folder / 'earlier' / 'recipe').mkdir()
    (folder / 'earlier' / 'recipe' / 'chosen.json').touch()
    (folder / 'notes.txt').touch()
    (folder / 'b' / 'k.gif').touch()
    (folder / 'README').touch()
    (folder / 'b' / 'round').symlink_to(folder)
    found = find_pictures(folder, out)
    assert found.names == names
    assert found.other == {'.txt': 1, '.gif': 1, 'no ending': 1}
    assert found.unlisted == []


def test_a_name_that_no_line_can_hold_is_left_out_and_said(tmp_path):
    make_pictures(tmp_path, ['a.jpg'])
    shutil.copy(tmp_path / 'a.jpg', tmp_path / 'two\nlines.jpg')
    found = find_pictures(tmp_path, tmp_path / 'work')
    assert found.names == ['a.jpg']
    assert found.unlisted == ['two\nlines.jpg']


def test_a_folder_without_pictures_is_refused_with_what_it_has(tmp_path):
    with pytest.raises(ValueError, match='nothing is no folder'):
        find_pictures(tmp_path / 'nothing', tmp_path)
    (tmp_path / 'a.heic').touch()
    with pytest.raises(
        ValueError, match='no picture .* there are 1 .heic: conv'
    ):
        find_pictures(tmp_path, tmp_path / 'work')


def test_a_few_broken_pictures_are_named_and_many_refused(tmp_path):
    names = flat(10)
    make_pictures(tmp_path, names)
    for name in names[:3]:
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:300])
    seen = look_at_all(tmp_path, names, 500, 1)
    assert list(seen.broken) == names[:3]
    assert (seen.looked_at, seen.side, seen.different) == (10, 48, 7)
    (tmp_path / names[3]).write_bytes(b'')
    with pytest.raises(
        ValueError, match='(?s)4 of the 10 pictures.*0003.JPG: .* is empty'
    ):
        look_at_all(tmp_path, names, 500, 1)


def test_16_bit_pictures_are_broken_ones(tmp_path):
    for name in ('a.png', 'b.png', 'c.png', 'd.png'):
        cv2.imwrite(str(tmp_path / name), np.ones((9, 9), np.uint16))
    with pytest.raises(ValueError, match='16 bits a channel'):
        look_at_all(tmp_path, ['a.png', 'b.png', 'c.png', 'd.png'], 500, 1)


def test_pictures_that_are_all_alike_are_refused(tmp_path):
    make_pictures(tmp_path, ['a.jpg', 'b.jpg'], side=200)
    copies = ['a.jpg']
    for quality in (95, 80, 60):  # saved anew
        copies.append(f'{quality}.jpg')
        options = [cv2.IMWRITE_JPEG_QUALITY, quality]
        picture = cv2.imread(str(tmp_path / 'a.jpg'))
        cv2.imwrite(str(tmp_path / copies[-1]), picture, options)
    with pytest.raises(ValueError, match='all 4 pictures .* look alike'):
        look_at_all(tmp_path, copies, 500, 1)
    assert look_at_all(tmp_path, [*copies, 'b.jpg'], 500, 1).different == 2


def test_no_more_are_looked_at_than_asked_for_in_several_processes(tmp_path):
    names = flat(40)
    make_pictures(tmp_path, names)
    assert look_at_all(tmp_path, names, 20, 2).looked_at == 20


@pytest.mark.parametrize(
    'names',
    [
        ['a.jpg', 'b.jpg'],
        ['x/a.jpg', 'x/b.jpg'],  # one class
        ['x/a.jpg', 'x/b.jpg', 'c.jpg'],
        ['x/a.jpg', 'x/b.jpg', 'y/c.jpg'],  # nothing to ask about
        ['train/a.jpg', 'train/b.jpg', 'val/c.jpg', 'val/d.jpg'],
    ],
)
def test_folders_that_are_no_classes(names):
    assert label_by_folder(names) is None


def test_folders_are_classes_below_those_of_splits():
    names = [f'train/x/{i}.jpg' for i in range(7)]
    names += ['train/y/sub/0.jpg', 'val/y/1.jpg', 'val/z/0.jpg', 'val/z/1.jpg']
    found = label_by_folder(names)
    assert found.classes == ['x', 'y', 'z']
    assert found.queries == [
        *('train/x/1.jpg 0', 'train/x/6.jpg 0'),
        *('val/y/1.jpg 1', 'val/z/1.jpg 2'),
    ]
    assert len(found.memory) == 7 and 'train/y/sub/0.jpg 1' in found.memory
    assert found.neighbours == 1
