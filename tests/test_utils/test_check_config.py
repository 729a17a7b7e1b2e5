import pytest
from mmengine.config import Config
from mmengine.hub import get_config
from picture_folders import write_pictures

from regioncl_mm.utils import check_config


def cfg(**changes):
    return Config(dict(default_scope='mmpretrain', **changes))


def model(**region_branch):
    branch = dict(type='RegionBranch', **region_branch)
    return dict(type='RegionCLM', region_branch=branch)


def test_a_misspelt_argument_is_named_with_its_place():
    with pytest.raises(ValueError) as error:
        check_config(cfg(model=model(min_cell=3)))
    assert str(error.value) == (
        'unknown config key `model.region_branch.min_cell`; did you mean '
        '`min_cells`?'
    )


def test_an_argument_like_none_lists_those_there_are():
    with pytest.raises(ValueError, match='max_cells, min_cells, pool, stride'):
        check_config(cfg(model=model(zzz=3)))


def test_a_misspelt_argument_of_a_hook_in_a_list_is_found():
    hooks = [dict(type='KNNHook', tempreature=1)]
    with pytest.raises(ValueError, match=r'custom_hooks\[0\].tempreature'):
        check_config(cfg(custom_hooks=hooks))


def test_arguments_of_the_base_class_are_known():
    moco = dict(backbone=None, neck=None, head=None, queue_len=4, momentum=1)
    check_config(cfg(model=dict(model(stride=4), **moco)))


def test_a_misspelt_top_level_key_is_found_and_variables_are_free():
    with pytest.raises(ValueError, match='did you mean `train_dataloader`'):
        check_config(cfg(train_dataloder=dict()))
    check_config(cfg(train_pipeline=[], lr=1, data_root='/no/such'))


def loader(**dataset):
    return cfg(train_dataloader=dict(dataset=dataset))


def test_a_missing_folder_is_named_with_how_to_get_it(tmp_path):
    with pytest.raises(ValueError, match='get_fashion_mnist.py.*DATA_ROOT'):
        check_config(loader(type='FashionMNIST', data_root='/no/such'))
    # A root without the split's own folder.
    with pytest.raises(ValueError, match='train does not exist.*image-net'):
        check_config(
            loader(type='ImageNet', data_root=str(tmp_path), split='train')
        )
    with pytest.raises(ValueError, match='train_dataloader.dataset.data_root'):
        check_config(loader(type='CustomDataset', data_root='/no/such'))


def test_a_missing_part_of_a_data_set_is_named(tmp_path):
    coco = dict(
        type='CocoDataset',
        data_root=str(tmp_path),
        ann_file='annotations/train.json',
        data_prefix=dict(img='train2017/'),
    )
    with pytest.raises(ValueError) as error:
        check_config(loader(**coco))
    assert str(error.value).startswith(
        f'{tmp_path}/annotations/train.json does not exist, which '
        '`train_dataloader.dataset.ann_file` names; docs/data.md says where'
    )
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'annotations' / 'train.json').touch()
    with pytest.raises(ValueError, match='dataset.data_prefix.img` names'):
        check_config(loader(**coco))
    (tmp_path / 'train2017').mkdir()
    check_config(loader(**coco))


def test_data_sets_in_variables_are_nobodys(tmp_path):
    dataset = dict(type='CustomDataset', data_root='/no/such')
    write_pictures(tmp_path, 'cat/0.png')
    used = dict(dataset, data_root=str(tmp_path))
    loader = dict(dataset=used)
    check_config(cfg(train_dataset=dataset, train_dataloader=loader))


def test_missing_files_of_boxes_and_metrics_are_named(tmp_path):
    boxes = str(tmp_path / 'boxes.json')
    dataset = dict(
        type='mmpose.CocoDataset', data_root=str(tmp_path), bbox_file=boxes
    )
    with pytest.raises(ValueError, match='boxes.json does not exist, which'):
        check_config(loader(**dataset))
    metric = dict(type='CocoMetric', ann_file='no/such.json')
    with pytest.raises(ValueError, match='`val_evaluator.ann_file` names'):
        check_config(cfg(val_evaluator=metric))


@pytest.mark.parametrize('line', ['', '  '])
def test_an_empty_line_of_a_list_is_named(tmp_path, line):
    write_pictures(tmp_path, 'a.png', 'b.png')
    path = tmp_path / 'list.txt'
    dataset = dict(
        type='CustomDataset', data_root=str(tmp_path), ann_file='list.txt'
    )
    path.write_text(f'a.png 0\n{line}\nb.png 1\n')
    with pytest.raises(ValueError, match='list.txt, line 2: empty'):
        check_config(loader(**dataset))
    path.write_text('a.png 0\nb.png 1\n')
    check_config(loader(**dataset))


def test_folders_of_hooks_are_looked_at_too():
    memory = dict(dataset=dict(type='CustomDataset', data_root='/no/such'))
    hook = dict(type='KNNHook', memory_dataloader=memory)
    with pytest.raises(ValueError, match='/no/such does not exist'):
        check_config(cfg(custom_hooks=[hook]))


def test_data_that_is_remote_or_to_be_downloaded_is_left_alone():
    check_config(loader(type='ImageNet', data_root='s3://bucket', split='a'))
    check_config(
        loader(type='FashionMNIST', data_root='/no/such', download=True)
    )


@pytest.mark.parametrize(
    'name',
    [
        'mmpretrain::mocov2/mocov2_resnet50_8xb32-coslr-200e_in1k.py',
        'mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py',
        'mmdet::retinanet/retinanet_r50_fpn_1x_coco.py',
        'mmseg::upernet/upernet_r50_4xb2-40k_cityscapes-512x1024.py',
        'mmpose::animal_2d_keypoint/topdown_heatmap/ap10k/'
        'td-hm_res50_8xb64-210e_ap10k-256x256.py',
    ],
)
def test_other_libraries_configs_have_nothing_wrong_but_their_data(name):
    with pytest.raises(ValueError, match='^data folder .* does not exist'):
        check_config(get_config(name))
