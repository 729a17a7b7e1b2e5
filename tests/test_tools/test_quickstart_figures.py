"""What the quickstart makes of its runs' logs, computed by hand."""

import re

import pytest

from regioncl_mm.cli.quickstart import curves, figures, runs, tables


def scalars(knn, seconds):
    """What a run of two epochs of ten steps logs."""
    lines = [dict(knn20=knn[0], knn100=knn[0] + 1, step=0)]
    for epoch in (1, 2):
        lines += [
            dict(time=t, epoch=epoch, iter=10 * epoch + step - 10)
            for step, t in ((5, seconds - 1), (10, seconds + 1))
        ]
        lines.append(dict(knn20=knn[epoch], knn100=knn[epoch], step=epoch))
    return lines


def test_one_seed_of_hand_made_logs(capsys, tmp_path):
    logs = dict(
        moco_v2={0: scalars((60, 70, 71), 2)},
        regioncl_m={0: scalars((60, 70, 74), 3)},
    )
    summary = figures.summarise(logs, [('moco_v2', 'regioncl_m')])
    del summary['pairs']
    assert summary == dict(
        knn20=dict(random=60, moco_v2=71, regioncl_m=74),
        knn100=dict(random=61, moco_v2=71, regioncl_m=74),
        seconds_per_epoch=dict(moco_v2=20, regioncl_m=30),
    )
    tables.print_methods(summary)
    rows = capsys.readouterr().out.split('\n')
    assert rows[-2].split() == ['RegionCL-M', '74.00', '74.00', '30.0']
    curves.plot_methods(
        {method: lines[0] for method, lines in logs.items()},
        tmp_path / 'knn.png',
    )
    assert (tmp_path / 'knn.png').read_bytes().startswith(b'\x89PNG')


@pytest.fixture
def logs():
    """Three seeds of a pair that is whole and of one that is not."""
    return dict(
        moco_v2={
            0: scalars((60, 70, 71), 2),
            1: scalars((58, 70, 73), 2),
            2: scalars((62, 70, 75), 5),
        },
        regioncl_m={
            0: scalars((60, 70, 74), 3),
            1: scalars((58, 70, 74), 3),
            2: scalars((62, 70, 80), 3),
        },
        densecl={},
        regioncl_d={0: scalars((60, 70, 74), 3), 2: scalars((62, 70, 75), 3)},
    )


def test_seeds_of_hand_made_logs(logs):
    summary = figures.summarise(logs, runs.pairs()[:2])
    assert summary['knn20'] == pytest.approx(
        dict(random=60, moco_v2=73, regioncl_m=76, regioncl_d=74.5)
    )
    assert summary['seconds_per_epoch'] == pytest.approx(
        dict(moco_v2=30, regioncl_m=30, regioncl_d=30)
    )
    pair = summary['pairs']['regioncl_m']
    assert pair['base'] == 'moco_v2' and pair['epochs'] == 2
    assert pair['knn20']['random'] == dict(
        values={0: 60, 1: 58, 2: 62}, mean=60, std=2
    )
    assert pair['knn20']['base'] == dict(
        values={0: 71, 1: 73, 2: 75}, mean=73, std=2
    )
    assert pair['knn20']['regioncl'] == dict(
        values={0: 74, 1: 74, 2: 80}, mean=76, std=pytest.approx(12**0.5)
    )
    # 3, 1 and 5: by seed, not of the means and deviations above.
    assert pair['knn20']['difference'] == dict(
        values={0: 3, 1: 1, 2: 5}, mean=3, std=2
    )
    nothing = dict(values={}, mean=None, std=None)
    pair = summary['pairs']['regioncl_d']
    assert pair['knn100']['base'] == nothing
    assert pair['knn100']['difference'] == nothing
    assert pair['knn100']['random']['values'] == {0: 61, 2: 63}


def test_tables_of_hand_made_logs(logs):
    compared = figures.summarise(logs, runs.pairs()[:2])['pairs']
    rows = tables.table(compared, num_seeds=3)
    assert tables.as_markdown(rows).split('\n') == [
        '|  |  | random init. | base | RegionCL | difference |',
        '| --- | --- | --: | --: | --: | --: |',
        '| MoCo v2, RegionCL-M | 20-NN | 60.0 ± 2.0 | 73.0 ± 2.0 '
        '| 76.0 ± 3.5 | +3.0 ± 2.0 |',
        '| epochs: 2 | 100-NN | 61.0 ± 2.0 | 73.0 ± 2.0 '
        '| 76.0 ± 3.5 | +3.0 ± 2.0 |',
        '|  | s/epoch |  | 30.0 ± 17.3 | 30.0 ± 0.0 |  |',
        '| DenseCL, RegionCL-D | 20-NN | 61.0 ± 1.4 (2) | failed '
        '| 74.5 ± 0.7 (2) | failed |',
        '| epochs: 2 | 100-NN | 62.0 ± 1.4 (2) | failed '
        '| 74.5 ± 0.7 (2) | failed |',
        '|  | s/epoch |  | failed | 30.0 ± 0.0 (2) |  |',
    ]
    text = tables.as_text(rows).split('\n')
    assert re.split('  +', text[1]) == rows[1]
    assert text[1].index('+3.0') == text[2].index('+3.0')
    below = '\n'.join(tables.notes(range(4, 7), 2, [], ['X, seed 5']))
    assert 'over seeds 4 to 6' in below
    assert 'with 2 runs side by side' in below
    assert 'Failed: X, seed 5.' in below


def test_one_seed_has_no_deviation(logs):
    one = {m: {s: x for s, x in r.items() if s == 0} for m, r in logs.items()}
    compared = figures.summarise(one, runs.pairs()[:1])['pairs']
    assert tables.table(compared, num_seeds=1)[1][2:] == [
        *('60.0', '71.0', '74.0', '+3.0')
    ]


def test_curves_of_seeds_and_of_missing_ones(logs, tmp_path):
    curves.plot_pairs(logs, runs.pairs()[:2], tmp_path / 'knn.png')
    assert (tmp_path / 'knn.png').read_bytes().startswith(b'\x89PNG')


def test_figures_that_nobody_logged_are_missed():
    with pytest.raises(ValueError, match='no knn20 and knn100'):
        figures.describe([dict(knn5=1, step=0)])
