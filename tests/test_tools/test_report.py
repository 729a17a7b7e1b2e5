"""The report: numbers of the paper, ours beside them, nothing lost."""

import csv
import json
import statistics
import sys

import pytest
from conftest import REPO
from test_tools.test_train import run

from regioncl_mm.report.collect import Figure, figure, in_no_table, lines_of  # noqa: E402
from regioncl_mm.report.markdown import as_markdown, other_runs  # noqa: E402
from regioncl_mm.report.match import is_in  # noqa: E402
from regioncl_mm.report.paper import (  # noqa: E402
    how_to_pretrain,
    how_to_run,
    read_paper,
)
from regioncl_mm.report.render import cell  # noqa: E402
from regioncl_mm.report.results import find_results, to_result  # noqa: E402
from regioncl_mm.report.terminal import as_text  # noqa: E402

HASH, OTHER = 'ab' * 32, 'cd' * 32
C4 = 'mask-rcnn_r50-c4_8xb2-ms-poly-90k_coco'
FPN = 'mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco'
POSE = 'td-hm_res50_8xb64-210e_coco-256x192'
TABLES = read_paper().tables
METHODS = tuple(read_paper().standard)
CONFIGS = REPO / 'configs'


def content(name, metrics, sha256=HASH, **changes):
    """A results.json, as tools/transfer.py writes it."""
    checkpoint = dict(sha256=sha256, file='a.pth', experiment='regioncl-m_a')
    return dict(
        name=name,
        init='checkpoint',
        method='RegionCL-M',
        checkpoint=checkpoint,
        verified=dict(loaded=318, total=318, complete=True),
        metrics=metrics,
        metrics_before=None,
        seed=0,
        cfg_options={},
        **changes,
    )


def changed(base, **changes):
    return to_result({**base, **changes})


def value(number, row, column):
    """Of the table as read; columns are counted from 0."""
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


ENDINGS = ('', '_50', '_75')


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


LINEAR = 'resnet50_8xb128-linear-steplr-100e_in1k'
LARS = 'resnet50_8xb512-linear-coslr-90e_in1k'
FINE_TUNE = 'resnet50_8xb128-coslr-50e_in1k'
KNN = 'resnet50_8xb256-knn_in1k'
ONE_PERCENT = 'resnet50_8xb32-linear-steplr-50e_in1k-1percent'


def pretrained(name, metrics, experiment, method='RegionCL-M', **changes):
    """Of a backbone whose pretraining is known."""
    base = dict(content(name, metrics), method=method)
    base['checkpoint'].update(experiment=experiment)
    return to_result({**base, **changes})


@pytest.mark.parametrize(
    'name, experiment, method, expected',
    [
        (
            LINEAR,
            'regioncl-m_resnet50_8xb128-coslr-200e_in1k',
            'RegionCL-M',
            {
                1: ['RegionCL-M'],
                11: ['RegionCL-M'],
                12: ['RegionCL-M'],
                14: ['w/ swapping'],
                15: ['RegionCL-M (1024)'],
                2: [None],
            },
        ),
        (
            LINEAR,
            'regioncl-m_resnet50_8xb128-coslr-800e_in1k',
            'RegionCL-M',
            {
                2: ['RegionCL-M'],
                11: ['RegionCL-M'],
                **{1: [None], 12: [None], 14: [None], 15: [None]},
            },
        ),
        (
            LINEAR,
            'regioncl-m_resnet50_8xb32-coslr-200e_in1k',
            'RegionCL-M',
            {
                15: ['RegionCL-M (256)'],
                **{1: [None], 2: [None], 11: [None], 12: [None], 14: [None]},
            },
        ),
        # Nobody knows how long this one was pretrained; its method has a
        # standard.
        (
            LINEAR,
            'mine',
            'RegionCL-M',
            {
                1: ['RegionCL-M'],
                11: ['RegionCL-M'],
                12: ['RegionCL-M'],
                14: ['w/ swapping'],
                15: ['RegionCL-M (1024)'],
                2: [None],
            },
        ),
        (
            FINE_TUNE,
            'regioncl-m_resnet50_8xb128-coslr-400e_in1k',
            'RegionCL-M',
            {11: ['RegionCL-M*'], 12: [None]},
        ),
        (
            LARS,
            'regioncl-s_resnet50_8xb64-coslr-100e_in1k',
            'RegionCL-S',
            {1: ['RegionCL-S']},
        ),
        # By SimSiam's recipe it is not comparable with the paper's row.
        (
            LARS,
            'regioncl-m_resnet50_8xb128-coslr-200e_in1k',
            'RegionCL-M',
            {1: [None]},
        ),
    ],
)
def test_rows_are_found_by_what_was_pretrained(
    name, experiment, method, expected
):
    metrics = {'accuracy/top1': 70.0, 'accuracy/top5': 90.0}
    result = pretrained(name, metrics, experiment, method)
    found = {
        number: [line.row for line in lines_of(table, [result])]
        for number, table in TABLES.items()
    }
    assert {n: rows for n, rows in found.items() if rows} == expected


@pytest.mark.parametrize(
    'experiment, row',
    [
        ('my-regioncl-m_resnet50_8xb128-coslr-200e_in1k', 'RegionCL-M'),
        ('my-regioncl-m_resnet50_8xb128-coslr-800e_in1k', None),
        ('regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist', None),
    ],
)
def test_a_config_that_is_not_ours_may_tell_its_epochs(experiment, row):
    result = pretrained(LINEAR, {'accuracy/top1': 70.0}, experiment)
    (line,) = lines_of(TABLES[1], [result])
    assert line.row == row


def told_apart(*contents):
    """Remarks of lines of one backbone, which are not averaged."""
    name = contents[0]['name']
    table = next(
        t for t in TABLES.values() if is_in(t, to_result(contents[0]))
    )
    lines = lines_of(table, list(map(to_result, contents)))
    assert len(lines) == len(contents), name
    assert all(f is None or f.n == 1 for x in lines for f in x.figures)
    return ['; '.join(f'{r.mark}{r.text}' for r in x.remarks) for x in lines]


def test_other_weights_of_a_pretraining_are_marked():
    base = dict(content(LINEAR, {'accuracy/top1': 70.0}))
    named = dict(
        base['checkpoint'],
        experiment='regioncl-m_resnet50_8xb128-coslr-200e_in1k',
    )
    found = told_apart(
        dict(base, checkpoint=dict(named, file='epoch_200.pth')),
        dict(base, checkpoint=dict(named, file='epoch_100.pth')),
        dict(base, checkpoint=dict(named, encoder='momentum')),
    )
    assert found == ['', '~after 100 of 200 epochs', '°momentum encoder']


def test_votes_and_lists_are_told_apart():
    base = content(KNN, {'knn20': 54.0, 'knn100': 52.0})
    found = told_apart(
        dict(base, knn=dict(vote='weighted', temperature=0.07)),
        dict(base, knn=dict(vote='majority', temperature=0.07)),
    )
    assert found == ['weighted vote, temperature 0.07', 'majority vote']
    base = content(ONE_PERCENT, {'accuracy/top1': 46.0})
    found = told_apart(
        dict(base, train_list=dict(file='a.txt', sha256='1' * 64)),
        dict(base, train_list=dict(file='a.txt', sha256='2' * 64)),
    )
    assert found == [f'labels of a.txt, {x * 12}' for x in '12']
    with pytest.raises(ValueError, match='its knn has no temperature, vote'):
        to_result(dict(base, knn={'k': 1}))


def test_longer_pretrainings_fill_their_own_columns():
    metrics = {'accuracy/top1': 70.0}
    results = [
        pretrained(
            LINEAR,
            metrics,
            f'mocov2_resnet50_8xb128-coslr-{epochs}e_in1k',
            'MoCo v2',
            checkpoint=dict(
                sha256=f'{epochs}' * 10,
                experiment=f'mocov2_resnet50_8xb128-coslr-{epochs}e_in1k',
            ),
        )
        for epochs in (200, 800)
    ]
    lines = lines_of(TABLES[11], results)
    filled = [[bool(f) for f in line.figures] for line in lines]
    assert [row.index(True) for row in filled] == [0, 6]
    text = as_text(TABLES[11], lines)
    block = next(x for x in text.split('\n\n') if x.startswith('400 epochs'))
    assert block.split('\n')[1:3] == [
        'MoCo v2         69.6',
        '  ours       not run',
    ]
    block = next(x for x in text.split('\n\n') if x.startswith('800 epochs'))
    assert block.split('\n')[2].split() == ['ours', '2', '70.0', '(-1.1)']


def test_quick_looks_and_best_epochs_are_said():
    protocol = "cached features; not the paper's protocol"
    result = pretrained(
        LINEAR,
        {'accuracy/top1': 69.0},
        'regioncl-m_resnet50_8xb128-coslr-200e_in1k',
        protocol=protocol,
        best_epoch=84,
        metrics_last={'accuracy/top1': 68.5},
        world_size=1,
    )
    text = as_text(TABLES[1], lines_of(TABLES[1], [result]))
    assert 'ours 1§' in text and f'§ {protocol}' in text
    assert 'best epoch 84, after the last accuracy/top1 68.50' in text
    assert '‡' not in text  # how many processes extracted does not matter


def test_ours_is_percent_beside_the_papers():
    results = [
        to_result(content(POSE, {'coco/AP': 0.7256})),
        to_result(
            content('upernet_r50_8xb2-40k_cityscapes-512x1024', {'mIoU': 78.5})
        ),
    ]
    (line,) = lines_of(TABLES[13], results)
    assert line.row == 'RegionCL-M'
    assert line.figures[0].mean == pytest.approx(72.56)
    assert line.figures[1] is None
    assert cell(line.figures[0], 72.3) == '72.6 (+0.3)'
    (line,) = lines_of(TABLES[7], results)
    assert [f and f.mean for f in line.figures] == [None, None, 78.5, None]
    assert cell(line.figures[2], 78.1) == '78.5 (+0.4)'


def test_seeds_of_one_backbone_are_averaged():
    values = (0.72, 0.73, 0.725)
    base = content(POSE, {})
    results = [
        changed(base, metrics={'coco/AP': x}, seed=i)
        for i, x in enumerate(values)
    ]
    (line,) = lines_of(TABLES[13], results)
    assert line.figures[0].mean == pytest.approx(72.5)
    assert line.figures[0].std == pytest.approx(statistics.stdev(values) * 100)
    assert cell(line.figures[0], 72.3) == '72.5 ± 0.5 (+0.2)'
    assert 'over 3 seeds' in as_text(TABLES[13], [line])
    assert line.figures[0].std == pytest.approx(0.5)  # 72, 73 and 72.5


def test_other_backbones_and_settings_have_lines_of_their_own():
    base = content(POSE, {'coco/AP': 0.7})
    partly = dict(loaded=300, total=318, complete=False)
    results = [
        to_result(base),
        to_result(content(POSE, {'coco/AP': 0.6}, sha256=OTHER)),
        changed(base, verified=partly),
        changed(base, cfg_options={'optim_wrapper.optimizer.lr': 0.1}),
        changed(base, cfg_options={'randomness.seed': 4}, seed=4),
        changed(base, method='mine'),
        changed(base, init='random', checkpoint=None, verified=None),
    ]
    lines = lines_of(TABLES[13], results)
    assert len(lines) == 6  # one has the seeds 0 and 4
    text = as_text(TABLES[13], lines)
    assert text.split('\n\n')[-1].split('\n')[:7] == [
        '  ours 1: regioncl-m_a, abababababab; mean ± sample standard '
        'deviation over 2 seeds',
        '  ours 2: regioncl-m_a, cdcdcdcdcdcd',
        '  ours 3†: regioncl-m_a, abababababab; † partly loaded, 300/318',
        '  ours 4*: regioncl-m_a, abababababab; * settings changed: '
        'optim_wrapper.optimizer.lr=0.1',
        '  ours 5: mine (regioncl-m_a, abababababab)',
        # Table 13 has no row for it: it is shown all the same.
        '  ours 6: Rand Init (random)',
        '  ᵃ RegionCL-D, COCO: AP: 72.6 in the paper, 73.6 in the '
        "authors' README.",
    ]
    block = text.split('\n\n')[1].split('\n')
    where = block.index('other checkpoints')
    assert [row.split() for row in block[where + 1 :]] == [
        ['ours', '5', '70.0'],
        ['ours', '6', '70.0'],
    ]
    markdown = as_markdown(TABLES[13], lines)
    assert '| *other checkpoints* |  |  |\n| &nbsp;&nbsp;ours 5: mine' in (
        markdown
    )
    assert 'ours 3†: regioncl-m_a, abababababab | 70.0 (-2.3) |' in markdown
    assert '- ours 3†: † partly loaded, 300/318\n' in markdown


def test_marks_of_one_run_add_up():
    partly = dict(loaded=300, total=318, complete=False)
    base = content(POSE, {'coco/AP': 0.7}, world_size=1)
    result = changed(base, verified=partly, cfg_options={'a.b': 2})
    text = as_text(TABLES[13], lines_of(TABLES[13], [result]))
    assert '\n  ours 1*†‡  70.0 (-2.3)\n' in text
    assert (
        '  ours 1*†‡: regioncl-m_a, abababababab; * settings changed: a.b=2; '
        '† partly loaded, 300/318; ‡ 1'
    ) in text


def test_a_block_without_a_run_says_so():
    """Of a line that has results in the other group of columns only."""
    metrics = {'coco/bbox_mAP': 0.4}
    results = [
        to_result(content(FPN, metrics)),
        changed(content(FPN, metrics), cfg_options={'a': 1}),
        to_result(content(FPN, metrics, sha256=OTHER)),
    ]
    lines = lines_of(TABLES[4], results)
    _, c4, fpn, *_ = as_text(TABLES[4], lines).split('\n\n')
    c4, fpn = ([r.split() for r in b.split('\n')] for b in (c4, fpn))
    where = [row[0] for row in c4].index('RegionCL-M')
    assert c4[where + 1] == ['ours', *['not', 'run'] * 6]
    assert c4[where + 2][0] == 'DenseCL'
    where = [row[0] for row in fpn].index('RegionCL-M')
    assert [row[:4] for row in fpn[where + 1 : where + 4]] == [
        ['ours', '1', '40.0', '(-0.1)'],
        ['ours', '2*', '40.0', '(-0.1)'],
        ['ours', '3', '40.0', '(-0.1)'],
    ]


def test_a_terminal_is_wide_enough():
    results = []
    for name in (C4, FPN):
        keys = [c.metric for c in TABLES[4].columns if name in c.config]
        for seed in (0, 1):
            metrics = {key: 0.4 + seed / 100 for key in keys}
            base = content(name, metrics)
            experiment = 'regioncl-m_resnet50_8xb128-coslr-200e_in1k'
            checkpoint = dict(base['checkpoint'], experiment=experiment)
            results.append(changed(base, checkpoint=checkpoint, seed=seed))
    text = as_text(TABLES[4], lines_of(TABLES[4], results))
    assert '40.5±0.7 (+0.7)' in text  # C4: 40 and 41, the paper has 39.8
    assert max(map(len, text.split('\n'))) <= 115


def test_no_difference_has_no_minus():
    assert cell(Figure(40.08, None, 1), 40.1) == '40.1 (+0.0)'
    assert cell(Figure(39.9, None, 1), 40.1) == '39.9 (-0.2)'


def test_another_number_of_processes_is_marked():
    base = content(POSE, {'coco/AP': 0.7})
    assert changed(base, world_size=8).remarks == ()
    (remark,) = changed(base, world_size=1).remarks
    assert remark == ('‡', '1 process(es), planned for 8')


def test_text_of_a_table():
    results = [to_result(content(POSE, {'coco/AP': 0.7256}))]
    lines = lines_of(TABLES[13], results)
    block = as_text(TABLES[13], lines).split('\n\n')[1]
    assert block.split('\n') == [
        'COCO                 AP',
        'Supervised         71.8',
        '  ours          not run',
        'MoCo v2            72.0',
        '  ours          not run',
        'RegionCL-M         72.3',
        '  ours 1    72.6 (+0.3)',
        'DenseCL            72.4',
        '  ours          not run',
        'RegionCL-D        72.6ᵃ',
        '  ours          not run',
        'SimSiam            71.9',
        '  ours          not run',
        'RegionCL-S         72.2',
        '  ours          not run',
    ]
    assert as_markdown(TABLES[13], lines).count('| not run') == 2 * 6 + 1


def test_markdown_says_how_to_run_what_was_not():
    name = 'td-hm_res50_8xb64-210e_ap10k-256x256'
    command = 'bash tools/dist_transfer.sh configs/mmpose/{}.py CHECKPOINT 8'
    text = as_markdown(TABLES[13], [])
    for config in (POSE, name):
        assert text.count(f'  - `{command.format(config)}`') == 1
    starts = [('random', None), ('supervised', None)]
    starts += [('checkpoint', method) for method in METHODS]
    results = [
        changed(content(POSE, {'coco/AP': 0.7}), init=init, method=method)
        for init, method in starts
    ]
    # All of COCO was run, and nothing of AP-10K.
    lines = lines_of(TABLES[13], results)
    text = as_markdown(TABLES[13], lines)
    assert command.format(POSE) not in text
    assert text.count(command.format(name)) == 1


def test_disagreements_of_paper_and_authors_are_noted():
    text = as_text(TABLES[13], [])
    assert '73.6 in the authors' in text and '1e-4 in the paper' in text
    assert '72.6ᵃ' in text and '  ᵃ RegionCL-D, COCO: AP: 72.6 in' in text
    assert '6.9' in as_text(TABLES[4], []).split('\n')[-1]
    text = as_text(TABLES[7], [])
    assert 'headed AP75 in the paper' in text and '62.54' in text
    assert '78.5 in' in text and '78.1ᵇ' in text
    text = as_text(TABLES[1], [])
    assert '69.4ᵃᵇ' in text and '69.37 in' in text and '69.302 in' in text


def test_runs_of_no_table_are_kept_apart():
    results = [to_result(content('toy', {'mIoU': 20.0}))]
    assert in_no_table(list(TABLES.values()), results) == results
    assert not lines_of(TABLES[7], results)


def test_a_run_without_a_number_is_none():
    result = to_result(content(POSE, {'coco/AP': None}))
    (line,) = lines_of(TABLES[13], [result])
    assert cell(line.figures[0], 72.3) == 'none'
    assert line.figures[1] is None
    # A seed that gave none does not count.
    other = changed(content(POSE, {'coco/AP': 0.7}), seed=1)
    both = figure(TABLES[13], 'RegionCL-M', 0, [result, other])
    assert both == (pytest.approx(70.0), None, 1)


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(metrics=None), 'its metrics is None'),
        (dict(metrics={}), 'its metrics are empty'),
        (dict(metrics={'coco/AP': '0.7'}), "metrics has coco/AP = '0.7'"),
        (dict(metrics={'coco/AP': float('nan')}), 'has coco/AP = nan'),
        (dict(metrics_before={'coco/AP': [1]}), r'has coco/AP = \[1\]'),
        (dict(cfg_options='a=1'), "its cfg_options is 'a=1'"),
        (dict(name=3), 'its name is 3'),
        (dict(seed=None), 'its seed is None'),
        (dict(method=['a']), r"its method is \['a'\]"),
        (dict(init='foo'), "its init is 'foo'"),
        (dict(checkpoint='a.pth'), "its checkpoint is 'a.pth'"),
        (dict(checkpoint=None), 'its checkpoint has no sha256'),
        (dict(verified={'total': 2}), 'verified has no complete, loaded'),
    ],
)
def test_what_is_no_result_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        changed(content(POSE, {'coco/AP': 0.7}), **changes)


def test_the_command(tmp_path):
    runs = {
        'a': content(POSE, {'coco/AP': 0.7256}),
        'toy': dict(
            content('toy', {'mIoU': 20.0}), metrics_before={'mIoU': 3.0}
        ),
        'bad': dict(name='bad'),
    }
    for name, result in runs.items():
        folder = tmp_path / 'runs' / name
        folder.mkdir(parents=True)
        (folder / 'results.json').write_text(json.dumps(result))
    (tmp_path / 'runs' / 'cut.json').write_text('{"name')
    out = run(
        sys.executable,
        REPO / 'tools' / 'report.py',
        'runs',
        'runs/cut.json',
        cwd=tmp_path,
    )
    assert 'bad/results.json was left out: it has no init, method' in out
    assert 'cut.json was left out: ' in out
    assert '72.6 (+0.3)' in out
    assert out.split('Other runs\n')[1].split('\n')[:3] == [
        'toy',
        '  from RegionCL-M: regioncl-m_a, abababababab, seed 0',
        '  mIoU  3 -> 20',
    ]
    with open(tmp_path / 'runs' / 'report.csv') as file:
        rows = list(csv.DictReader(file))
    cells = sum(len(t.rows) * len(t.columns) for t in TABLES.values())
    assert len(rows) == cells
    (ours,) = [row for row in rows if row['ours']]
    assert (ours['row'], ours['paper'], ours['ours']) == (
        'RegionCL-M',
        '72.3',
        '72.56',
    )
    assert ours['difference'] == '0.26' and ours['n'] == '1'
    assert ours['checkpoint_sha256'] == HASH
    assert (ours['config'], ours['metric']) == (f'mmpose/{POSE}', 'coco/AP')
    markdown = (tmp_path / 'runs' / 'report.md').read_text()
    line = '| &nbsp;&nbsp;ours 1: regioncl-m_a, abababababab | 72.6 (+0.3)'
    assert line in markdown
    assert (
        '| toy | RegionCL-M: regioncl-m_a, abababababab, seed 0 | mIoU | '
        '3 -> 20 |  |'
    ) in markdown
    assert '## Left out' in markdown and 'cut.json was left out' in markdown


def test_nothing_run_yet(tmp_path):
    (tmp_path / 'empty').mkdir()
    report = (sys.executable, REPO / 'tools' / 'report.py')
    out = run(*report, 'empty', '--tables', '13', cwd=tmp_path)
    assert 'There is no results.json below empty' in out
    assert out.count('not run\n') == 14  # in two columns of seven rows
    (tmp_path / 'cut.json').write_text('{')
    out = run(*report, 'cut.json', '--out', 'to/a', cwd=tmp_path)
    assert 'No results.json below cut.json could be read' in out
    assert (tmp_path / 'to' / 'a' / 'report.csv').is_file()
    out = run(*report, 'empty', '--out', 'cut.json', cwd=tmp_path, ok=False)
    assert 'report.py: cannot write to cut.json' in out
    out = run(*report, 'none', cwd=tmp_path, ok=False)
    assert out.strip() == 'report.py: there is no none'
    out = run(*report, 'empty', '--tables', '99', cwd=tmp_path, ok=False)
    assert 'no numbers of table 99' in out


def test_results_are_found_once(tmp_path):
    (tmp_path / 'a').mkdir()
    file = tmp_path / 'a' / 'results.json'
    file.write_text(json.dumps(content(POSE, {'coco/AP': 0.7})))
    results, warnings = find_results([tmp_path, tmp_path / 'a', file])
    assert len(results) == 1 and not warnings


def test_of_a_repeated_run_the_last_one_counts(tmp_path):
    """By the time it finished, not by its folder's name."""
    for folder, score, day in (('a', 0.7, 3), ('b', 0.6, 1), ('c', 0.5, 2)):
        result = content(
            POSE,
            {'coco/AP': score},
            finished=f'2026-11-0{day}T07:00:00+00:00',
        )
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / 'results.json'
        file.write_text(json.dumps(result))
    results, warnings = find_results([tmp_path])
    assert [result.metrics for result in results] == [{'coco/AP': 0.7}]
    assert len(warnings) == 2
    kept = tmp_path / 'a' / 'results.json'
    for folder, warning in zip('bc', warnings):
        assert warning == (
            f'{tmp_path / folder / "results.json"} was left out: it is a run '
            f'of seed 0 as is {kept}, which finished last and counts'
        )


def test_markdown_tables_survive_any_setting():
    result = changed(content('toy', {'mIoU': 2.0}), cfg_options={'a': 'x|y'})
    assert other_runs([result])[-1].endswith(r'settings changed: a=x\|y |')
