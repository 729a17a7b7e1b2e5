"""tools/check_data.py passes good data and names what is wrong with bad."""

import json
import shutil

import check_data
import cv2
import numpy as np
import pytest
from mmpretrain.datasets import ImageNet
from picture_folders import write_pictures
from tool_calls import call

from regioncl_mm.cli.check_data import cityscapes, coco
from regioncl_mm.cli.check_data.data_sets import DATA_SETS, check
from regioncl_mm.cli.check_data.report import Report
from regioncl_mm.utils.check_pictures import check_pictures

FOLDERS = {
    'coco': 'coco',
    'coco-pose': 'coco',
    'cityscapes': 'cityscapes',
    'ap10k': 'ap10k',
}
INSTANCES = 'annotations/instances_val2017.json'
PEOPLE = 'annotations/person_keypoints_val2017.json'
DETECTIONS = f'person_detection_results/{coco.DETECTIONS}'
ANIMALS = 'annotations/ap10k-test-split1.json'
CITY = 'toytown/toytown_000001_000019'
PICTURE = f'leftImg8bit/val/{CITY}_leftImg8bit.png'
TRUTH = f'gtFine/val/{CITY}_gtFine_'
OBJECTS = 'annotations/instancesonly_filtered_gtFine_val.json'


@pytest.fixture
def copy(toy_root, tmp_path):
    return shutil.copytree(toy_root, tmp_path / 'copy')


def problems(name, root):
    return check(name, root / FOLDERS.get(name, '')).problems


@pytest.mark.parametrize('name', FOLDERS)
def test_toy_data_pass(toy_root, name):
    report = check(name, toy_root / FOLDERS[name])
    assert report.problems == []
    assert any('published data set' in text for text in report.warnings)


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b'')


def edit(change):
    def act(path):
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return act


def paint(value):
    def act(path):
        cv2.imwrite(str(path), np.full((160, 160), value, np.uint8))

    return act


def of_no_image(content):
    content['annotations'][0]['image_id'] = -1


def twice(content):
    content['images'] += content['images'][:1]


def renamed(content):
    content['categories'][0]['name'] = 'cat'


def swapped(content):
    for category in content['categories']:
        category['keypoints'][:2] = category['keypoints'][1::-1]


def fewer(content):
    del content['annotations'][-1]['keypoints'][-3:]


def no_box(content):
    del content['annotations'][0]['bbox']


def larger(content):
    content['images'][0]['width'] += 1


def no_outline(content):
    del content['annotations'][0]['segmentation']


def of_another_split(content):
    content[0]['image_id'] = 7


DEFECTS = [
    ('coco', 'val2017', remove, 'val2017 is missing'),
    ('coco', 'train2017/000000000002.jpg', remove, '2.jpg'),
    ('coco', 'val2017/000000000001.jpg', cut, 'cannot be decoded'),
    ('coco', 'val2017/000000000001.jpg', empty, 'the file is empty'),
    ('coco', INSTANCES, remove, f'{INSTANCES} is missing'),
    ('coco', INSTANCES, cut, f'{INSTANCES} is not JSON'),
    ('coco', INSTANCES, empty, f'{INSTANCES} is empty'),
    ('coco', INSTANCES, edit(of_no_image), 'annotation 1 is of no listed'),
    ('coco', INSTANCES, edit(twice), 'two of the images have the same id'),
    ('coco', INSTANCES, edit(renamed), 'the 10 categories are not the 80'),
    ('coco', INSTANCES, edit(no_box), 'one of the annotations has no bbox'),
    ('coco', INSTANCES, edit(larger), 'not of the size that is annotated'),
    ('coco', INSTANCES, edit(no_outline), 'has no segmentation'),
    ('coco', INSTANCES, edit(dict.clear), 'has no images'),
    ('coco-pose', PEOPLE, remove, f'{PEOPLE} is missing'),
    ('coco-pose', PEOPLE, edit(swapped), 'the keypoints of person are not'),
    ('coco-pose', PEOPLE, edit(fewer), 'has not 17 keypoints'),
    ('coco-pose', 'train2017/000000100003.jpg', remove, '100003.jpg'),
    ('coco-pose', DETECTIONS, remove, f'{DETECTIONS} is missing'),
    ('coco-pose', DETECTIONS, cut, f'{DETECTIONS} is not JSON'),
    ('coco-pose', DETECTIONS, edit(of_another_split), 'not those of val2017'),
    ('ap10k', ANIMALS, remove, f'{ANIMALS} is missing'),
    ('ap10k', ANIMALS, edit(swapped), 'the keypoints of quadruped are not'),
    ('ap10k', 'data/000000000012.jpg', remove, '12.jpg'),
    ('ap10k', 'data/000000000012.jpg', cut, 'cannot be decoded'),
    ('ap10k', 'data', remove, 'data is missing'),
    ('cityscapes', 'gtFine/val', remove, 'gtFine/val is missing'),
    ('cityscapes', PICTURE, remove, PICTURE),
    ('cityscapes', PICTURE, cut, 'cannot be decoded'),
    ('cityscapes', f'{TRUTH}labelTrainIds.png', remove, "segmentation's con"),
    ('cityscapes', f'{TRUTH}labelTrainIds.png', cut, 'cannot be decoded'),
    ('cityscapes', f'{TRUTH}labelTrainIds.png', paint(24), 'other values'),
    ('cityscapes', f'{TRUTH}instanceIds.png', remove, 'trainvaltest.zip'),
    ('cityscapes', OBJECTS, remove, "mmdet's converter"),
    ('cityscapes', OBJECTS, edit(renamed), 'eight classes'),
]


@pytest.mark.parametrize('name, path, damage, message', DEFECTS)
def test_names_the_defect(copy, name, path, damage, message):
    damage(copy / FOLDERS[name] / path)
    found = problems(name, copy)
    assert any(message in problem for problem in found), found


# As the files of AP-10K have them; mmpose and the toy data write L_Eye.
REAL_ANIMAL_KEYPOINTS = [
    'left_eye',
    'right_eye',
    'nose',
    'neck',
    'root_of_tail',
    'left_shoulder',
    'left_elbow',
    'left_front_paw',
    'right_shoulder',
    'right_elbow',
    'right_front_paw',
    'left_hip',
    'left_knee',
    'left_back_paw',
    'right_hip',
    'right_knee',
    'right_back_paw',
]


def test_ap10k_by_its_own_names_of_keypoints(copy):
    def rename(content):
        for category in content['categories']:
            category['keypoints'] = REAL_ANIMAL_KEYPOINTS

    for path in (copy / 'ap10k' / 'annotations').iterdir():
        edit(rename)(path)
    assert problems('ap10k', copy) == []


def test_further_splits_of_ap10k_are_checked_if_they_are_there(copy):
    folder = copy / 'ap10k' / 'annotations'
    further = folder / 'ap10k-test-split3.json'
    shutil.copy(folder / 'ap10k-test-split1.json', further)
    report = check('ap10k', copy / 'ap10k')
    assert report.problems == []
    assert f'images in annotations/{further.name}: 3' in report.good
    edit(swapped)(further)
    (said,) = problems('ap10k', copy)
    assert said.startswith(f'annotations/{further.name}: the keypoints of')


def test_imagenet_by_lists_and_by_folders(imagenet):
    root = imagenet / 'data' / 'imagenet'
    assert problems('imagenet', root) == []
    shutil.rmtree(root / 'meta')
    found = problems('imagenet', root)
    assert len(found) == 2  # of each split
    assert all('read folders of 1,000 alone' in x for x in found)
    assert all('which --write-lists writes' in x for x in found)


def test_lists_are_written_by_which_configs_read_other_classes(imagenet):
    root = imagenet / 'data' / 'imagenet'
    shutil.rmtree(root / 'meta')
    (root / 'val' / 'n01').rename(imagenet / 'elsewhere')
    (root / 'train' / 'a').mkdir()  # no image, no label
    said = call(check_data.main, 'imagenet', root, '--write-lists')
    assert f'wrote {root}/meta/train.txt: 8 images' in said
    assert '2 classes needs `--cfg-options model.head.num_classes=2`' in said
    assert (root / 'meta' / 'val.txt').read_text() == 'n02/0.JPEG 1\n'
    for split, labels in (('train', [0] * 4 + [1] * 4), ('val', [1])):
        data = ImageNet(str(root), split=split)
        assert data.get_gt_labels().tolist() == labels
        check_pictures('', dict(type='ImageNet', data_root=root, split=split))
    # What is there stays.
    (root / 'meta' / 'train.txt').write_text('n01/0.JPEG 0\n')
    said = call(check_data.main, 'imagenet', root, '--write-lists')
    assert 'is there, and no list is written' in said
    assert (root / 'meta' / 'train.txt').read_text() == 'n01/0.JPEG 0\n'


def test_no_list_is_written_of_other_classes_to_validate_on(imagenet):
    root = imagenet / 'data' / 'imagenet'
    shutil.rmtree(root / 'meta')
    (root / 'val' / 'n02').rename(root / 'val' / 'n07')
    said = call(check_data.main, 'imagenet', root, '--write-lists', ok=False)
    assert 'val alone, and no list is written: val/n07' in said
    assert not (root / 'meta').exists()


@pytest.mark.parametrize(
    'lists, path, damage, message',
    [
        (True, 'train/n01/2.JPEG', remove, 'meta/train.txt are missing'),
        (True, 'meta/val.txt', lambda p: p.write_text('a b'), 'line 1'),
        (False, 'train/n01/2.JPEG', cut, 'cannot be decoded'),
        (False, 'val', remove, 'val is missing'),
        (False, 'val/n02', remove, 'are in train alone: val/n02'),
        (False, 'val/n02/0.JPEG', remove, 'hold no image: val/n02'),
        (
            False,
            'val/n01/0.JPEG',
            lambda path: path.rename(path.parents[1] / 'loose.JPEG'),
            'list their labels in meta/val.txt',
        ),
    ],
)
def test_names_imagenets_defect(imagenet, lists, path, damage, message):
    root = imagenet / 'data' / 'imagenet'
    if not lists:
        shutil.rmtree(root / 'meta')
    damage(root / path)
    found = problems('imagenet', root)
    assert any(message in problem for problem in found), found


def test_the_sample_is_seeded(toy_root):
    def sample(seed):
        report = Report(toy_root, samples=5, seed=seed)
        return report.sample(map(str, range(100)))

    assert sample(0) == sample(0) != sample(1)
    assert len(sample(0)) == 5


def test_classes_are_the_real_ones():
    from mmdet.datasets import CityscapesDataset, CocoDataset

    assert coco.CLASSES == CocoDataset.METAINFO['classes']
    classes = CityscapesDataset.METAINFO['classes']
    assert tuple(cityscapes.INSTANCE_CLASSES.values()) == classes


def test_the_command_says_what_it_found(copy):
    command = [check_data.main, 'ap10k', copy / 'ap10k']
    said = call(*command)
    assert 'ok: data: 6 of 6 images decoded' in said
    assert 'warning: images in annotations/ap10k-train-split1.json' in said
    assert f'{copy / "ap10k"} holds ap10k' in said
    (copy / 'ap10k' / ANIMALS).unlink()
    said = call(*command, ok=False)
    assert f'PROBLEM: {ANIMALS} is missing' in said
    assert 'github.com/AlexTheBad/AP-10K' in said
    command[-1] = copy / 'nowhere'
    assert 'is no folder' in call(*command, ok=False)


@pytest.fixture
def pictures(tmp_path):
    """Two whole pictures in ``cats``, and a folder elsewhere with a third
    and a broken one."""
    root = write_pictures(tmp_path / 'root', 'cats/0.png', 'cats/1.png')
    write_pictures(tmp_path / 'disk', '0.png')
    (tmp_path / 'disk' / 'broken.jpg').write_bytes(b'no picture')
    return root


def test_a_linked_folder_is_looked_at_as_training_reads_it(pictures, tmp_path):
    (pictures / 'dogs').symlink_to(tmp_path / 'disk')
    (pictures / 'cats' / 'round').symlink_to(pictures)
    report = check('images', pictures)
    assert [name for name, _ in report.files] == ['./dogs/broken.jpg']
    assert report.good == ['.: 3 of 4 images decoded']


def test_a_folder_of_links_alone_holds_images(pictures, tmp_path):
    links = tmp_path / 'links'
    links.mkdir()
    (links / 'cats').symlink_to(pictures / 'cats')
    report = check('images', links)
    assert (report.problems, report.warnings) == ([], [])
    assert report.good == ['.: 2 of 2 images decoded']


def test_hidden_files_are_no_pictures(pictures):
    (pictures / 'cats' / '._0.png').write_bytes(b'\0\5\x16\7 mac')
    (pictures / '.DS_Store').touch()
    report = check('images', pictures)
    assert (report.problems, report.warnings) == ([], [])
    assert report.good == ['.: 2 of 2 images decoded']


def test_hidden_folders_are_looked_into_as_training_does(pictures):
    (pictures / 'cats' / '.ipynb_checkpoints').mkdir()
    broken = pictures / 'cats' / '.ipynb_checkpoints' / '0-checkpoint.jpg'
    broken.write_bytes(b'no picture')
    report = check('images', pictures)
    (name,) = (name for name, _ in report.files)
    assert name == './cats/.ipynb_checkpoints/0-checkpoint.jpg'
    assert report.good == ['.: 2 of 3 images decoded']


def test_images_of_coco_are_found_in_linked_folders(copy, tmp_path):
    folder = copy / 'coco' / 'val2017'
    names = ('000000000001.jpg', 'moved/000000000001.jpg')
    (tmp_path / 'disk').mkdir()
    (folder / names[0]).rename(tmp_path / 'disk' / names[0])
    (folder / 'moved').symlink_to(tmp_path / 'disk')

    def rename(content):
        for image in content['images']:
            if image['file_name'] == names[0]:
                image['file_name'] = names[1]

    edit(rename)(copy / 'coco' / INSTANCES)
    found = problems('coco', copy)
    assert not any('missing' in problem for problem in found), found


@pytest.mark.parametrize('samples', [0, -1])
def test_no_samples_are_refused(pictures, samples):
    said = call(
        *(check_data.main, 'images', pictures, '--samples', samples), ok=False
    )
    assert 'argument --samples: must be 1 or more' in said


def test_the_command_offers_every_data_set():
    assert set(check_data.NAMES) == set(DATA_SETS)
