"""Keypoints of another number, none, or by other names."""

import pytest
from own_data import pose_estimator, write_coco

from regioncl_mm.downstream import check_downstream


def message(cfg):
    with pytest.raises(ValueError) as raised:
        check_downstream(cfg)
    return str(raised.value)


def test_good_keypoints_pass(tmp_path, capsys):
    write_coco(tmp_path)
    check_downstream(pose_estimator(tmp_path))
    assert capsys.readouterr().out == ''


def test_another_number_is_said(tmp_path):
    write_coco(tmp_path)
    cfg = pose_estimator(tmp_path, ('left_ear', 'right_ear'))
    assert message(cfg).startswith(
        f'{tmp_path}/train.json: annotation 1 has 9 numbers for keypoints, 3 '
        'keypoints of x, y and visibility, and the config has 2. '
    )


def test_another_number_of_outputs_is_said(tmp_path):
    write_coco(tmp_path)
    assert message(pose_estimator(tmp_path, outputs=17)) == (
        '`model.head.out_channels` is 17, and the data of '
        '`train_dataloader.dataset` have 3 keypoints; set it to 3'
    )


@pytest.mark.parametrize(
    'values',
    [dict(keypoints=[0] * 9), dict(keypoints=[]), dict(num_keypoints=0)],
)
def test_no_keypoints_are_said(tmp_path, values):
    def change(content):
        for annotation in content['annotations']:
            annotation.update(values)

    write_coco(tmp_path, train=change)
    said = message(pose_estimator(tmp_path))
    assert 'no annotation has a labelled keypoint' in said


def test_a_figure_without_a_box_is_said(tmp_path):
    def change(content):
        del content['annotations'][2]['bbox']

    write_coco(tmp_path, train=change)
    assert message(pose_estimator(tmp_path)).endswith(
        'annotation 3 has keypoints and no `bbox`, and mmpose leaves it out'
    )


def test_other_names_are_said(tmp_path, capsys):
    write_coco(tmp_path)
    names = ('R_ear', 'L_ear', 'Nose')
    check_downstream(pose_estimator(tmp_path, names))
    said = capsys.readouterr().out
    assert "'left_ear' is 'R_ear' there, 'right_ear' is 'L_ear' there" in said
    check_downstream(pose_estimator(tmp_path, ('L_ear', 'R_ear', 'Nose')))
    assert capsys.readouterr().out == ''


def test_what_the_metric_needs_is_there(tmp_path):
    def change(content):
        del content['annotations'][0]['num_keypoints']

    write_coco(tmp_path, both=change)
    assert message(pose_estimator(tmp_path)) == (
        f'{tmp_path}/val.json: one of the annotations has no num_keypoints '
        '(id 1)'
    )
