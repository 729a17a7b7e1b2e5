"""Pictures that are left out are said."""

from mmpretrain.datasets import CustomDataset
from picture_folders import write_pictures

from regioncl_mm.utils.unread import unread_pictures


def test_endings_that_are_not_read(tmp_path):
    names = ('a.png', 'b.webp', 'sub/c.tiff', 'sub/D.TIFF', 'e.gif', 'f.txt')
    write_pictures(tmp_path, *names)
    root = str(tmp_path)
    (said,) = unread_pictures(CustomDataset(root, with_label=False))
    assert said.startswith(f'4 pictures in {root} are left out')
    assert '.gif (1), .tiff (2), .webp (1). ' in said
    everything = ('.png', '.webp', '.tiff', '.gif')
    read = CustomDataset(root, with_label=False, extensions=everything)
    assert len(read) == 5 and unread_pictures(read) == []


def test_what_training_reads_is_looked_at(tmp_path):
    """By links, and in hidden folders, though not hidden files."""
    root = write_pictures(tmp_path / 'root', 'a.png', '.thumbnails/b.webp')
    write_pictures(tmp_path / 'disk', 'c.webp')
    (root / 'album').symlink_to(tmp_path / 'disk')
    (root / '._d.webp').touch()
    everything = CustomDataset(
        str(root), with_label=False, extensions=('.png', '.webp')
    )
    assert len(everything) == 3 and unread_pictures(everything) == []
    (said,) = unread_pictures(CustomDataset(str(root), with_label=False))
    assert said.startswith('2 pictures in') and '.webp (2). ' in said


def test_a_list_leaves_out_what_it_likes(tmp_path):
    write_pictures(tmp_path, 'a.png', 'b.webp')
    (tmp_path / 'list.txt').write_text('a.png\n')
    listed = CustomDataset(str(tmp_path), '', 'list.txt', with_label=False)
    assert unread_pictures(listed) == []
