"""Of two hundred files none becomes something else without a word."""

import os
import re
from pathlib import Path

import broken_images
import check_data
import cv2
import mmcv
import numpy as np
import pytest
from mmpretrain.datasets import CustomDataset
from tool_calls import call
from torch.utils.data import DataLoader

from regioncl_mm.cli.check_data.data_sets import check
from regioncl_mm.datasets import LoadImageOrReport
from regioncl_mm.datasets.transforms import loading
from regioncl_mm.images import UnreadableImageError, read, read_image
from regioncl_mm.images.decoder_messages import decoder_messages

EXTENSIONS = ('.jpeg', '.png', '.webp', '.tif')


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    return broken_images.make(tmp_path_factory.mktemp('images'))


def fault(path):
    try:
        read_image(path.read_bytes())
    except UnreadableImageError as error:
        assert '\n' not in str(error)
        return str(error)
    return ''


def test_there_are_two_hundred(made):
    assert sum(map(len, made.values())) >= 200


def test_whole_images_are_read_as_by_mmcv(made):
    for path in made['whole']:
        assert fault(path) == ''
        content = path.read_bytes()
        expected = mmcv.imfrombytes(content)
        np.testing.assert_array_equal(read_image(content), expected)


@pytest.mark.parametrize(
    'name, why',
    [
        ('cut', 'cannot be decoded|damaged|no image'),
        ('empty', 'the file is empty'),
        ('text', 'it is no image'),
        ('noise', 'it is no image'),
        ('deep', '16 bits a channel'),
        ('strip', 'a strip of 1 x 5,000 pixels'),
        ('huge', 'than (the )?100,000,000'),
    ],
)
def test_broken_images_are_refused_with_the_reason(made, name, why):
    chosen = [path for path in made['broken'] if f'-{name}' in path.name]
    assert len(chosen) >= broken_images.ROUNDS
    for path in chosen:
        assert re.search(why, fault(path)), (path.name, fault(path))


def test_most_jpegs_with_a_hole_are_found(made, capfd):
    """All of them are decoded; libjpeg says of most that they do not add up,
    and prints nothing."""
    found = [fault(path) for path in made['hole']]
    assert all(why.startswith('it is damaged: Corr') for why in found if why)
    assert sum(map(bool, found)) >= 0.9 * len(found)
    assert capfd.readouterr().err == ''


@pytest.mark.parametrize(
    'padding, why',
    [
        (bytes(16), ''),
        (b'\xff' * 16, ''),
        (b'\0\xff' * 20, ''),
        (bytes(8) + b'pixels?!', 'it is damaged: .* bytes before marker 0xd9'),
    ],
)
def test_a_jpeg_with_padding_before_its_end_is_whole(
    made, padding, why, tmp_path
):
    for path in made['whole'][:2]:  # one of them progressive
        content = path.read_bytes()
        assert content.endswith(b'\xff\xd9')
        padded = tmp_path / path.name
        padded.write_bytes(content[:-2] + padding + content[-2:])
        assert re.match(why or '$', fault(padded)), fault(padded)
        if not why:
            np.testing.assert_array_equal(
                read_image(padded.read_bytes()), read_image(content)
            )


def test_a_single_byte_in_the_way_is_still_found(made):
    """Of bytes that are changed to zero no more pass than before, for what
    is left over at the end is no padding."""
    content = made['whole'][0].read_bytes()
    for place in range(len(content) // 2, len(content) - 2, 37):
        changed = content[:place] + b'\0' + content[place + 1 :]
        with decoder_messages() as said:
            cv2.imdecode(np.frombuffer(changed, np.uint8), cv2.IMREAD_COLOR)
        found = any(line.startswith(read.DAMAGE) for line in said)
        try:
            read_image(changed)
        except UnreadableImageError:
            continue
        assert not found, (place, said)


def test_sixteen_bits_are_read_where_they_are_asked_for(made):
    path = next(path for path in made['broken'] if 'deep.png' in path.name)
    image = read_image(path.read_bytes(), 'unchanged')
    assert image.dtype == np.uint16 and image.max() > 255


def test_a_portable_map_of_sixteen_bits_is_refused_too(tmp_path):
    for channels in (1, 3):
        path = tmp_path / f'{channels}.{"pgm" if channels == 1 else "ppm"}'
        deep = np.full((4, 4, channels), 999, np.uint16)
        assert cv2.imwrite(str(path), deep)
        assert '16 bits' in fault(path)


def test_messages_of_c_libraries_are_kept_and_then_printed_again(capfd):
    with decoder_messages() as said:
        os.write(2, b'one\ntwo\n')
        assert said == []
    assert said == ['one', 'two']
    os.write(2, b'three\n')
    assert capfd.readouterr().err == 'three\n'


def test_a_worker_has_messages_of_its_own():
    with decoder_messages():
        pass
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with decoder_messages() as said:
            os.write(2, b'child\n')
        os.write(writer, ','.join(said).encode())
        os._exit(0)
    with decoder_messages() as said:
        os.waitpid(pid, 0)
    assert said == [] and os.read(reader, 99) == b'child'


@pytest.mark.parametrize('side', [20_000, 60_000])
def test_memory_stays_under_its_bound(side, monkeypatch):
    """Nothing is decoded of what would be 1.2 or 10.8 GB."""
    monkeypatch.setattr(read.mmcv, 'imfrombytes', None)
    with pytest.raises(UnreadableImageError, match='100,000,000'):
        read_image(broken_images.png_header(side, side))


def dataset(made, **kwargs):
    return CustomDataset(
        data_root=str(made['whole'][0].parent),
        with_label=False,
        extensions=EXTENSIONS,
        pipeline=[dict(type='LoadImageOrReport', **kwargs)],
    )


def test_skipping_nothing_stops_a_run_and_each_is_named_once(
    made, monkeypatch
):
    images = dataset(made, on_unreadable='skip')
    assert len(images) == sum(map(len, made.values()))
    loader = DataLoader(
        images,
        sampler=[*range(len(images))] * 2,
        batch_size=None,
        num_workers=2,
        multiprocessing_context='fork',
    )
    assert sum(1 for _ in loader) == 2 * len(images)
    skipped = images.pipeline.transforms[0].skipped
    refused = {str(p) for ps in made.values() for p in ps if fault(p)}
    named = [
        line.split('cannot read image ')[1].split(': ')[0]
        for line in skipped.names()
    ]
    assert sorted(named) == sorted(refused)
    assert skipped.count >= 2 * len(refused)


def test_otherwise_the_first_is_named_in_one_line(made):
    images = dataset(made)
    first = next(
        image['img_path']
        for image in map(images.get_data_info, range(len(images)))
        if fault(Path(image['img_path']))
    )
    loader = DataLoader(
        images,
        batch_size=None,
        num_workers=1,
        multiprocessing_context='fork',
    )
    with pytest.raises(UnreadableImageError) as error:
        list(loader)
    message = str(error.value)
    assert message.startswith(f'cannot read image {first}: it ')
    assert '\n' not in message and "on_unreadable='skip'" in message


def test_a_skipped_image_is_logged_once_with_the_reason(made, monkeypatch):
    logged = []
    monkeypatch.setattr(
        loading, 'print_log', lambda message, **_: logged.append(message)
    )
    load = LoadImageOrReport(on_unreadable='skip')
    for path in made['broken'][:2] * 2:
        assert load(dict(img_path=str(path))) is None
    assert len(logged) == 2 and str(made['broken'][0]) in logged[0]


def test_check_data_accepts_what_training_accepts(made, tmp_path):
    root = made['whole'][0].parent
    refused = {
        path.name: fault(path)
        for paths in made.values()
        for path in paths
        if fault(path)
    }
    for workers in (1, 2):
        report = check('images', root, workers=workers)
        assert {
            name[len('./') :]: why for name, why in report.files
        } == refused
    output = tmp_path / 'bad.txt'
    said = call(check_data.main, 'images', root, '--output', output, ok=False)
    assert f'PROBLEM: {len(refused)} file(s) cannot be read' in said
    assert min(refused) in said and max(refused) not in said
    assert f'lists {len(refused)} files with problems' in said
    lines = output.read_text().splitlines()
    assert dict(line[2:].split('\t') for line in lines) == refused
