"""The tables hold the paper's numbers, and every cell of ours can be run."""

import pytest
from conftest import REPO

from regioncl_mm.report.how_to import how_to_pretrain, how_to_run
from regioncl_mm.report.paper import read_paper

TABLES = read_paper().tables
METHODS = tuple(read_paper().standard)
CONFIGS = REPO / 'configs'
ENDINGS = ('', '_50', '_75')


def value(number, row, column):
    """A number of a table as it was read; columns are counted from 0."""
    return TABLES[number].rows[row][column]


@pytest.mark.parametrize(
    'number, row, column, printed',
    [
        (1, 'MoCo', 0, 60.6),
        (1, 'MoCo', 2, 69.1),
        (1, 'SimCLR', 1, 89.0),
        (1, 'SimSiam (800)', 0, 71.3),
        (1, 'MoCo v2', 2, 77.8),
        (1, 'RegionCL-M', 0, 69.4),
        (1, 'RegionCL-D', 1, 89.0),
        (1, 'SimSiam', 0, 68.1),
        (1, 'RegionCL-S', 2, 80.8),
        (2, 'UnMix', 0, 71.8),
        (2, 'RegionCL-M', 1, 91.5),
        (2, 'MoCo v2*', 0, 72.3),
        (2, 'RegionCL-M*', 1, 92.0),
        (2, 'RegionCL-M3', 0, 75.4),
        (3, 'MoCo v2', 0, 43.6),
        (3, 'RegionCL-D', 0, 47.8),
        (3, 'SimSiam', 2, 51.8),
        (3, 'RegionCL-S', 3, 83.8),
        (4, 'Rand Init', 0, 26.4),
        (4, 'Rand Init', 2, 6.9),
        (4, 'InsDis', 5, 35.2),
        (4, 'RegionCL-M', 0, 39.8),
        (4, 'RegionCL-M', 6, 40.1),
        (4, 'RegionCL-M', 9, 36.3),
        (4, 'MoCo v2', 7, 59.4),
        (4, 'RegionCL-D', 11, 39.4),
        (4, 'RegionCL-S', 11, 37.6),
        (5, 'Rand Init', 0, 35.6),
        (5, 'MaskCo', 5, 38.0),
        (5, 'MaskCo', 6, None),
        (5, 'UnMix', 5, None),
        (5, 'UnMix', 8, 44.7),
        (5, 'RegionCL-M', 6, 41.6),
        (5, 'RegionCL-S', 11, 39.8),
        (6, 'Rand Init', 0, 24.5),
        (6, 'DUPR', 3, 40.0),
        (6, 'RegionCL-M', 0, 38.4),
        (6, 'RegionCL-D', 3, 40.6),
        (6, 'RegionCL-S', 5, 41.8),
        (7, 'Supervised', 0, 32.9),
        (7, 'RegionCL-M', 1, 62.5),
        (7, 'RegionCL-M', 2, 78.1),
        (7, 'RegionCL-D', 3, 79.5),
        (7, 'RegionCL-S', 3, 78.7),
        (8, 'MoBY (100)', 0, 70.9),
        (8, 'RegionCL + MoBY (100)', 2, 81.2),
        (8, 'MoBY (300)', 1, 92.2),
        (8, 'RegionCL + MoBY (300)', 0, 77.0),
        (9, 'no paste view', 1, 47.3),
        (9, '1 to 5 cells', 0, 51.8),
        (9, '3 to 4 cells', 0, 55.1),
        (9, '3 to 5 cells', 3, 25.6),
        (9, '3 to 6 cells', 2, 27.8),
        (10, 'neither', 0, 49.3),
        (10, 'canvas', 1, 50.0),
        (10, 'paste', 0, 50.0),
        (10, 'paste, canvas', 0, 54.6),
        (10, 'paste, canvas, negatives', 1, 52.7),
        (11, 'MoCo v2', 3, 69.6),
        (11, 'MoCo v2', 8, 37.6),
        (11, 'RegionCL-M', 4, 41.9),
        (11, 'RegionCL-M*', 6, 78.1),
        (11, 'RegionCL-M*', 7, None),
        (12, 'MoCo v2', 3, 72.0),
        (12, 'RegionCL-M', 6, 76.2),
        (12, 'RegionCL-M', 8, 39.7),
        (12, 'RegionCL-M*', 3, 79.7),
        (13, 'Supervised', 0, 71.8),
        (13, 'RegionCL-M', 1, 70.6),
        (13, 'RegionCL-D', 0, 72.6),
        (13, 'RegionCL-S', 1, 71.6),
        (14, 'MoCo v2', 1, 40.9),
        (14, 'w/o swapping', 0, 69.2),
        (14, 'w/ swapping', 1, 41.6),
        (15, 'MoCo v2 (256)', 1, None),
        (15, 'MoCo v2 (1024)', 2, 41.0),
        (15, 'RegionCL-M (256)', 0, 70.0),
        (15, 'RegionCL-M (1024)', 3, 37.7),
    ],
)
def test_numbers_are_the_papers(number, row, column, printed):
    assert value(number, row, column) == printed


def test_tables_have_the_papers_rows():
    rows = {number: len(table.rows) for number, table in TABLES.items()}
    assert rows == {
        **{1: 21, 2: 8, 3: 6, 4: 14, 5: 13, 6: 15, 7: 7, 8: 4, 9: 7, 10: 5},
        **{11: 3, 12: 3, 13: 7, 14: 3, 15: 4},
    }
    assert METHODS == (
        *('MoCo v2', 'RegionCL-M', 'DenseCL', 'RegionCL-D'),
        *('SimSiam', 'RegionCL-S'),
    )
    for number in (3, 4, 5, 6, 7, 13):
        assert set(METHODS) <= set(TABLES[number].rows)


def test_every_cell_of_ours_is_a_config_and_a_metric():
    metrics = {
        *(f'coco/{x}_mAP{y}' for x in ('bbox', 'segm') for y in ENDINGS),
        *('coco/AP', 'cityscapes/mAP', 'cityscapes/AP@50', 'mIoU'),
        *('accuracy/top1', 'accuracy/top5', 'real/top1', 'knn20', 'knn100'),
    }
    columns = [c for table in TABLES.values() for c in table.columns]
    assert {column.metric for column in columns} == metrics
    for table in TABLES.values():
        for row in table.rows:
            for index in range(len(table.columns)):
                config = table.config(row, index)
                assert config is None or (CONFIGS / f'{config}.py').is_file()
                if table.is_ours(row, index):
                    assert how_to_run(table, row, index)
                    how_to_pretrain(table, row, index)


@pytest.mark.parametrize(
    'number, row, index, run_it, pretrain',
    [
        (
            *(4, 'RegionCL-M', 6),
            'bash tools/dist_transfer.sh configs/mmdet/mask-rcnn_r50_fpn_'
            '8xb2-ms-poly-90k_coco.py CHECKPOINT 8',
            'bash tools/dist_train.sh configs/regioncl/regioncl-m_resnet50_'
            '8xb128-coslr-200e_in1k.py 8',
        ),
        (
            *(4, 'Rand Init', 6),
            'bash tools/dist_transfer.sh configs/mmdet/mask-rcnn_r50_fpn_'
            '8xb2-ms-poly-90k_coco.py random 8',
            None,
        ),
        (
            *(1, 'RegionCL-S', 2),
            'bash tools/dist_transfer.sh configs/imagenet/resnet50_8xb512-'
            'linear-coslr-90e_in1k.py CHECKPOINT 8',
            'bash tools/dist_train.sh configs/regioncl/regioncl-s_resnet50_'
            '8xb64-coslr-100e_in1k.py 8',
        ),
        (
            *(2, 'RegionCL-M3', 0),
            'bash tools/dist_transfer.sh configs/imagenet/resnet50_8xb128-'
            'linear-coslr-90e_in1k.py CHECKPOINT 8',
            'bash tools/dist_train.sh configs/regioncl/regioncl-m3_resnet50_'
            '8xb512-amp-coslr-1000e_in1k.py 8',
        ),
        (
            *(9, '1 to 5 cells', 1),
            'bash tools/dist_knn.sh configs/imagenet/resnet50_8xb256-knn_in1k.'
            'py CHECKPOINT 8',
            'bash tools/dist_train.sh configs/regioncl/ablations/regioncl-m-'
            'cells-1-5_resnet50_8xb128-coslr-100e_in1k.py 8',
        ),
        (
            *(11, 'RegionCL-M*', 3),
            'bash tools/dist_transfer.sh configs/imagenet/resnet50_8xb128-'
            'coslr-50e_in1k.py CHECKPOINT 8',
            'bash tools/dist_train.sh configs/regioncl/regioncl-m_resnet50_'
            '8xb128-coslr-400e_in1k.py 8',
        ),
        (
            *(12, 'MoCo v2', 7),
            'bash tools/dist_transfer.sh configs/mmdet/mask-rcnn_r50-w4_fpn_'
            '8xb2-ms-poly-180k_coco.py CHECKPOINT 8',
            'bash tools/dist_train.sh configs/regioncl/mocov2_resnet50-w4_'
            '8xb128-coslr-200e_in1k.py 8',
        ),
    ],
)
def test_how_to_run(number, row, index, run_it, pretrain):
    assert how_to_run(TABLES[number], row, index) == run_it
    assert how_to_pretrain(TABLES[number], row, index) == pretrain
