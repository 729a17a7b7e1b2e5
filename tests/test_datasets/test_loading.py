import cv2
import numpy as np
import pytest
from mmpretrain.datasets import CustomDataset
from torch.utils.data import DataLoader

from regioncl_mm.datasets import LoadImageOrReport


@pytest.fixture
def folder(tmp_path):
    """Three images of one class, the second of them broken."""
    (tmp_path / 'class').mkdir()
    for name in 'ac':
        cv2.imwrite(
            str(tmp_path / 'class' / f'{name}.png'),
            np.full((4, 4, 3), 7, np.uint8),
        )
    (tmp_path / 'class' / 'b.png').write_bytes(b'no image')
    return tmp_path


def dataset(folder, **kwargs):
    return CustomDataset(
        data_root=str(folder),
        pipeline=[dict(type='LoadImageOrReport', **kwargs)],
    )


def test_stops_at_an_unreadable_image_and_names_it(folder):
    with pytest.raises(ValueError, match='cannot read image .*b.png.*skip'):
        dataset(folder)[1]


def test_a_missing_file_is_named_too(folder):
    (folder / 'class' / 'b.png').unlink()
    load = LoadImageOrReport()
    with pytest.raises(ValueError, match='cannot read image .*b.png'):
        load(dict(img_path=str(folder / 'class' / 'b.png')))


def test_skips_if_asked_and_counts_over_workers(folder):
    images = dataset(folder, on_unreadable='skip')
    loader = DataLoader(
        images,
        sampler=[1] * 8,
        batch_size=None,
        num_workers=2,
        multiprocessing_context='fork',
    )
    for sample in loader:
        assert sample['img_path'].endswith(('a.png', 'c.png'))
        assert (sample['img'] == 7).all()
    transform = images.pipeline.transforms[0]
    assert transform.skipped.count >= 8
    assert len(transform.skipped.names()) == 1


def test_a_readable_image_is_loaded_as_by_mmcv(folder):
    path = str(folder / 'class' / 'a.png')
    assert (LoadImageOrReport()(dict(img_path=path))['img'] == 7).all()


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValueError, match='on_unreadable'):
        LoadImageOrReport(on_unreadable='ignore')
