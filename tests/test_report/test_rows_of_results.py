"""Results come into the row of what was pretrained, and none is lost."""

import pytest
from results_files import (
    FINE_TUNE,
    KNN,
    LARS,
    LINEAR,
    ONE_PERCENT,
    POSE,
    changed,
    content,
    pretrained,
)

from regioncl_mm import methods
from regioncl_mm.report.collect import figure, in_no_table, lines_of
from regioncl_mm.report.markdown import other_runs
from regioncl_mm.report.match import is_in
from regioncl_mm.report.paper import papers_methods, read_paper
from regioncl_mm.report.render import cell
from regioncl_mm.report.results import to_result

TABLES = read_paper().tables


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


def test_another_number_of_processes_is_marked():
    base = content(POSE, {'coco/AP': 0.7})
    assert changed(base, world_size=8).remarks == ()
    (remark,) = changed(base, world_size=1).remarks
    assert remark == ('‡', '1 process(es), planned for 8')


def test_runs_of_no_table_are_kept_apart():
    results = [to_result(content('toy', {'mIoU': 20.0}))]
    assert in_no_table(list(TABLES.values()), results) == results
    assert not lines_of(TABLES[7], results)


@pytest.fixture
def another_base(monkeypatch):
    """A method that the paper does not have, on a base that its tables have
    a row of."""
    row = methods.Method(
        'regioncl-simclr',
        'RegionCL-SimCLR',
        'RegionCLSimCLR',
        'simclr',
        'SimCLR',
        'SimCLR',
        None,
    )
    monkeypatch.setattr(methods, 'METHODS', (*methods.METHODS, row))
    return row


@pytest.mark.parametrize(
    'name, stem',
    [('RegionCL-SimCLR', 'regioncl-simclr'), ('SimCLR', 'simclr')],
)
def test_what_the_paper_does_not_have_is_in_none_of_its_tables(
    name, stem, another_base
):
    """Its name is given with it, beside the runs of other configs."""
    experiment = f'{stem}_resnet50_8xb128-coslr-200e_in1k'
    results = [
        pretrained(LINEAR, {'accuracy/top1': 70.0}, experiment, name),
        pretrained(LINEAR, {'accuracy/top1': 69.0}, 'mine', 'MoCo v2'),
        # Whose method nobody knows is compared with the tables all the same.
        pretrained(LINEAR, {'accuracy/top1': 68.0}, 'other', 'another'),
    ]
    assert in_no_table(list(TABLES.values()), results) == results[:1]
    for number in (1, 2):
        shown = {line.method for line in lines_of(TABLES[number], results)}
        assert shown == {'MoCo v2', 'another'}
    row = other_runs(results[:1])[-1]
    assert f'| {name}: {experiment}, abababababab, seed 0 |' in row


def test_the_papers_methods_are_those_of_its_tables():
    assert papers_methods() == {
        *('MoCo v2', 'RegionCL-M', 'DenseCL', 'RegionCL-D'),
        *('SimSiam', 'RegionCL-S', 'MoCo v3', 'RegionCL-M3'),
        *('MoBY', 'RegionCL + MoBY'),
    }


def test_a_run_without_a_number_is_none():
    result = to_result(content(POSE, {'coco/AP': None}))
    (line,) = lines_of(TABLES[13], [result])
    assert cell(line.figures[0], 72.3) == 'none'
    assert line.figures[1] is None
    # A seed that gave none does not count.
    other = changed(content(POSE, {'coco/AP': 0.7}), seed=1)
    both = figure(TABLES[13], 'RegionCL-M', 0, [result, other])
    assert both == (pytest.approx(70.0), None, 1)
