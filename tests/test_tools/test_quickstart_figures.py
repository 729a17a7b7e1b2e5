"""What the quickstart makes of its runs' logs, computed by hand."""

import json
import re
import time
from types import SimpleNamespace as Namespace

import pytest
from mmengine.config import Config

from regioncl_mm.cli.quickstart import (
    curves,
    figures,
    notes,
    runs,
    tables,
    transfer,
)
from regioncl_mm.cli.quickstart.equal_time import (
    epochs_in_time,
    plan_equal_time,
    scalars_of,
)


def scalars(knn, seconds, epochs=2):
    """What a run of epochs of ten steps logs; in between it is at 70."""

    def accuracies(value, step):
        keys = ('knn20', 'knn100', 'knn20_canvas', 'knn20_paste')
        values = (value, value + 1, value - 2, value - 5)
        return dict(zip(keys, values), step=step)

    start, end = knn
    lines = [accuracies(start, 0)]
    for epoch in range(1, epochs + 1):
        lines += [
            dict(time=t, epoch=epoch, iter=10 * epoch + step - 10)
            for step, t in ((5, seconds - 1), (10, seconds + 1))
        ]
        lines.append(accuracies(end if epoch == epochs else 70, epoch))
    return lines


def test_one_seed_of_hand_made_logs(capsys):
    logs = dict(
        moco_v2={0: scalars((60, 71), 2)},
        moco_v2_equal_time={0: scalars((60, 73), 2, epochs=3)},
        regioncl_m={0: scalars((60, 74), 3)},
    )
    summary = figures.summarise(logs, [('moco_v2', 'regioncl_m')])
    del summary['pairs']
    assert summary == dict(
        epochs=dict(moco_v2=2, regioncl_m=2, moco_v2_equal_time=3),
        knn20=dict(
            random=60, moco_v2=71, regioncl_m=74, moco_v2_equal_time=73
        ),
        knn100=dict(
            random=61, moco_v2=72, regioncl_m=75, moco_v2_equal_time=74
        ),
        knn20_canvas=dict(
            random=58, moco_v2=69, regioncl_m=72, moco_v2_equal_time=71
        ),
        knn20_paste=dict(
            random=55, moco_v2=66, regioncl_m=69, moco_v2_equal_time=68
        ),
        seconds_per_epoch=dict(
            moco_v2=20, regioncl_m=30, moco_v2_equal_time=20
        ),
    )
    tables.print_methods(summary)
    rows = [re.split('  +', x) for x in capsys.readouterr().out.split('\n')]
    assert rows[1][1:4] == ['epochs', '20-NN', '100-NN']
    assert rows[4] == [
        *('RegionCL-M', '2', '74.00', '75.00', '72.00', '69.00', '30.0')
    ]
    assert rows[5][:3] == ['MoCo v2, equal time', '3', '73.00']


@pytest.fixture
def logs():
    """Three seeds of a pair that is whole and of one that is not."""
    return dict(
        moco_v2={
            0: scalars((60, 71), 2),
            1: scalars((58, 73), 2),
            2: scalars((62, 75), 5),
        },
        moco_v2_equal_time={
            seed: scalars((60, 76), 2, epochs=3) for seed in (0, 1, 2)
        },
        regioncl_m={
            0: scalars((60, 74), 3),
            1: scalars((58, 74), 3),
            2: scalars((62, 80), 3),
        },
        densecl={},
        densecl_equal_time={},
        regioncl_d={0: scalars((60, 74), 3), 2: scalars((62, 75), 3)},
    )


def test_seeds_of_hand_made_logs(logs):
    summary = figures.summarise(logs, runs.pairs()[:2])
    assert summary['knn20'] == pytest.approx(
        dict(
            random=60,
            moco_v2=73,
            regioncl_m=76,
            moco_v2_equal_time=76,
            regioncl_d=74.5,
        )
    )
    assert summary['seconds_per_epoch'] == pytest.approx(
        dict(moco_v2=30, regioncl_m=30, moco_v2_equal_time=20, regioncl_d=30)
    )
    pair = summary['pairs']['regioncl_m']
    assert pair['base'] == 'moco_v2'
    assert (pair['epochs'], pair['epochs_equal_time']) == (2, 3)
    error = pytest.approx(2 / 3**0.5)
    assert pair['knn20']['random'] == dict(
        values={0: 60, 1: 58, 2: 62}, mean=60, std=2, stderr=error
    )
    assert pair['knn20']['base'] == dict(
        values={0: 71, 1: 73, 2: 75}, mean=73, std=2, stderr=error
    )
    assert pair['knn20']['regioncl'] == dict(
        values={0: 74, 1: 74, 2: 80},
        mean=76,
        std=pytest.approx(12**0.5),
        stderr=2,
    )
    # 3, 1 and 5: by seed, not of the means and deviations above.
    assert pair['knn20']['difference'] == dict(
        values={0: 3, 1: 1, 2: 5}, mean=3, std=2, stderr=error
    )
    assert pair['knn20_paste']['difference_equal_time']['values'] == {
        **{0: -2, 1: -2, 2: 4}
    }
    nothing = dict(values={}, mean=None, std=None, stderr=None)
    pair = summary['pairs']['regioncl_d']
    assert pair['knn100']['base'] == nothing
    assert pair['knn100']['difference'] == nothing
    assert pair['knn100']['random']['values'] == {0: 61, 2: 63}


def test_tables_of_hand_made_logs(logs):
    compared = figures.summarise(logs, runs.pairs()[:2])['pairs']
    rows = tables.table(compared, num_seeds=3)
    lines = tables.as_markdown(rows).split('\n')
    assert lines[:3] == [
        '|  |  | random init. | RegionCL | base, equal epochs | difference '
        '| base, equal time | difference |',
        '| --- | --- | --: | --: | --: | --: | --: | --: |',
        '| MoCo v2, RegionCL-M | 20-NN | 60.0 ± 2.0 | 76.0 ± 3.5 '
        '| 73.0 ± 2.0 | +3.0 ± 1.2, 3/3 | 76.0 ± 0.0 | +0.0 ± 2.0, 1/3 |',
    ]
    assert lines[6:9] == [
        '|  | epochs |  | 2 | 2 |  | 3 |  |',
        '|  | s/epoch |  | 30.0 ± 0.0 | 30.0 ± 17.3 |  | 20.0 ± 0.0 |  |',
        '| DenseCL, RegionCL-D | 20-NN | 61.0 ± 1.4 (2) | 74.5 ± 0.7 (2) '
        '| failed | failed | failed | failed |',
    ]
    assert lines[13].startswith('|  | s/epoch |  | 30.0 ± 0.0 (2) | failed |')
    text = tables.as_text(rows).split('\n')
    assert re.split('  +', text[1]) == rows[1]
    assert text[1].index('+3.0') == text[2].index('+3.0')
    below = '\n'.join(notes.notes(range(4, 7), 2, [], ['X, seed 5']))
    assert 'over seeds 4 to 6' in below
    assert 'with 2 runs side by side' in below
    assert 'Failed: X, seed 5.' in below


def test_one_seed_has_no_deviation(logs):
    one = {m: {s: x for s, x in r.items() if s == 0} for m, r in logs.items()}
    compared = figures.summarise(one, runs.pairs()[:1])['pairs']
    assert tables.table(compared, num_seeds=1)[1][2:] == [
        *('60.0', '74.0', '71.0', '+3.0', '76.0', '-2.0')
    ]


def test_epochs_that_take_the_time_of_regioncl_s(logs, tmp_path):
    base, ours = logs['moco_v2'], logs['regioncl_m']
    # 20, 20 and 50 seconds an epoch, and 30: something kept the third up.
    assert epochs_in_time(base, ours) == 3
    del base[2]
    assert epochs_in_time({}, ours) == epochs_in_time(base, {}) == 0
    compared = runs.Comparison(runs.pairs()[:2], range(3), tmp_path, True)
    longer = plan_equal_time(compared, logs, ('a.b=1',))
    # Of the seeds that have both; the second pair has no base.
    assert [x.seed for x in longer] == [0, 1]
    assert longer[0].config == runs.find_config('moco_v2')
    assert longer[0].work_dir == tmp_path / 'moco_v2_equal_time' / 'seed0'
    assert longer[0].cfg_options == (
        'a.b=1',
        'train_cfg.max_epochs=3',
        'param_scheduler.0.T_max=3',
        'param_scheduler.0.end=3',
    )


def test_all_configs_can_be_made_longer():
    for pair in runs.pairs():
        for method in pair:
            cfg = Config.fromfile(runs.find_config(method))
            epochs = cfg.train_cfg.max_epochs
            cosine = cfg.param_scheduler[0]
            assert cosine.type == 'CosineAnnealingLR', method
            assert cosine.T_max == cosine.end == epochs, method


PAIR = ('moco_v2', 'regioncl_m')


def test_the_base_serves_where_it_takes_as_long(logs):
    assert scalars_of(PAIR, logs, [], []) is logs['moco_v2']


def test_nobody_knows_the_time_of_a_regioncl_that_failed(logs):
    del logs['regioncl_m'][0], logs['regioncl_m'][1]
    assert scalars_of(PAIR, logs, [], []) is logs['moco_v2']
    del logs['moco_v2'][2]  # so that no seed has both
    assert scalars_of(PAIR, logs, [], []) == {}
    logs['regioncl_m'].clear()
    logs['moco_v2_equal_time'] = scalars_of(PAIR, logs, [], [])
    compared = figures.summarise(logs, [PAIR])['pairs']
    assert tables.table(compared, num_seeds=2)[1][3:] == [
        *('failed', '72.0 ± 1.4', 'failed', 'failed', 'failed')
    ]


def test_seconds_of_epochs_that_are_not_logged_to_their_end():
    """100 steps of a second each, logged at the 78th."""
    lines = [dict(time=1, epoch=e, iter=100 * e - 22) for e in range(1, 7)]
    assert figures.seconds_per_epoch(lines) == 100
    # Logged at the 40th, too, where a step takes two seconds.
    lines += [dict(time=2, epoch=e, iter=100 * e - 60) for e in range(1, 7)]
    lines.sort(key=lambda line: line['iter'])
    assert figures.seconds_per_epoch(lines) == 150
    # Something else had the machine for a moment.
    lines[2] = dict(lines[2], time=500)
    assert figures.seconds_per_epoch(lines) == 150
    # Of one epoch nothing says how it goes on.
    assert figures.seconds_per_epoch(lines[:2]) == 1.5 * 78


def test_figures_by_seed():
    """A run of the second seed failed."""
    logs = dict(
        moco_v2={3: scalars((60, 71), 2), 4: scalars((60, 72.5), 2)},
        moco_v2_equal_time={3: scalars((60, 73), 2, epochs=3)},
        regioncl_m={3: scalars((60, 74), 3), 4: scalars((60, 74.25), 3)},
    )
    compared = figures.summarise(logs, [('moco_v2', 'regioncl_m')])['pairs']
    rows = tables.by_seed(compared, range(3, 5))
    assert tables.as_markdown(rows, 1).splitlines() == [
        '| 20-NN by seed | 3 | 4 |',
        '| --- | --: | --: |',
        '| MoCo v2, 2 epochs | 71.00 | 72.50 |',
        '| RegionCL-M, 2 epochs | 74.00 | 74.25 |',
        '| MoCo v2, 3 epochs | 73.00 |  |',
    ]


def test_curves_of_seeds_and_of_missing_ones(logs, tmp_path, monkeypatch):
    drawn = []

    def keep(figure, out):
        drawn.append(figure)

    monkeypatch.setattr(curves, 'save_figure', keep)
    curves.plot_pairs(logs, runs.pairs()[:2], tmp_path / 'knn.png')
    by_epoch, by_seconds, second, _ = drawn[0].axes
    named = {x.get_label(): x.get_xydata().tolist() for x in by_epoch.lines}
    assert named['MoCo v2'] == [[0, 60], [1, 70], [2, 73]]
    assert named['MoCo v2, equal time'][-1] == [3, 76]
    assert len(by_epoch.lines) == 3 * (1 + 3)  # a mean and each seed
    named = {x.get_label(): x.get_xydata().tolist() for x in by_seconds.lines}
    assert named['RegionCL-M'] == [[0, 60], [30, 70], [60, 76]]
    # What training does is seen, and the legend lies below: seeds are at
    # 70 to 80 where trained, and at 60 before.
    assert by_epoch.get_ylim() == pytest.approx((64.95, 81.01))
    assert {x.get_label() for x in second.lines} >= {'RegionCL-D'}
    assert 'DenseCL' not in {x.get_label() for x in second.lines}


def test_figures_that_nobody_logged_are_missed():
    with pytest.raises(ValueError, match='no knn20 and knn100'):
        figures.describe([dict(knn5=1, step=0)])


def segmented(folder, seed, start, value, sha256=None):
    """Write a results.json as tools/transfer_all.py leaves it."""
    folder = folder / transfer.CONFIG.stem / f'{sha256 or start}-seed{seed}'
    folder.mkdir(parents=True, exist_ok=True)
    results = dict(
        init='checkpoint' if sha256 else start,
        method=runs.labels()[start] if sha256 else None,
        checkpoint=dict(sha256=sha256) if sha256 else None,
        seed=seed,
        verified=dict(loaded=96, total=96) if sha256 else None,
        metrics_before=dict(mIoU=1),
        metrics=dict(mIoU=value),
        # The later ones of a test are the newer ones.
        finished=f'{time.time_ns():030d}',
    )
    (folder / 'results.json').write_text(json.dumps(results))


@pytest.fixture
def transfers(tmp_path, monkeypatch):
    """Calls the segmentation of pairs and seeds, with a stand-in for the
    tool that gives every seed's random start 10, its base 15 and RegionCL 16;
    a run's name is its checkpoint's and backbone's.
    """
    monkeypatch.setenv('TOY_DATA_ROOT', str(tmp_path))
    monkeypatch.setattr(
        transfer, 'find_trained_checkpoint', lambda x: '-'.join(x.parts[-2:])
    )
    monkeypatch.setattr(
        transfer,
        'extract_backbone',
        lambda checkpoint, out: Namespace(sha256=f'{checkpoint} {out.name}'),
    )

    def tool(name, *arguments):
        *checkpoints, init = arguments[: arguments.index('--suite')]
        out = arguments[arguments.index('--work-dir') + 1]
        extracted = arguments[arguments.index('--backbone-dir') + 1].name
        seed = int(arguments[-1].split('=')[1])
        segmented(out, seed, init, 10)
        for value, checkpoint in zip((15, 16), checkpoints):
            start = checkpoint.split('-')[0]
            backbone = f'{checkpoint} {extracted}'
            segmented(out, seed, start, value, backbone)

    monkeypatch.setattr(transfer, 'run_tool', tool)

    def transfers(stem, seeds):
        compared = runs.Comparison(runs.pairs([stem]), seeds, tmp_path, True)
        planned = runs.plan(compared, ())
        groups = [planned[i : i + 2] for i in range(0, len(planned), 2)]
        return transfer.transfer_seeds(groups, tmp_path / 'transfer')

    return transfers


def test_segmentations_of_earlier_calls_are_left_out(transfers):
    transfers('regioncl-m', range(2))
    found = transfers('regioncl-s', range(3))
    assert list(found['after']) == ['random', 'simsiam', 'regioncl_s']
    assert found['after']['simsiam']['values'] == {0: 15, 1: 15, 2: 15}
    assert list(found['difference']) == ['random', 'simsiam']
    assert found['difference']['random']['mean'] == 6


def test_segmentations_of_other_backbones_and_seeds_are_left_out(
    transfers, tmp_path
):
    transfers('regioncl-m', range(1))
    # By another training of the same method; and by another call's seed.
    folder = tmp_path / 'transfer' / 'seed0'
    segmented(folder, 0, 'regioncl_m', 99, 'f00d')
    segmented(folder, 1, 'random', 98)
    segmented(folder, 1, 'regioncl_m', 97, 'regioncl_m-seed0 backbones')
    backbones = dict(random='random', regioncl_m='regioncl_m-seed0 backbones')
    found = transfer.summarise(
        folder / transfer.CONFIG.stem, backbones, seed=0
    )
    assert found['after'] == dict(random=10, regioncl_m=16)
    assert found['before'] == dict(random=1, regioncl_m=1)
    assert found['verified'] == '96/96'


def test_the_segmentations_of_three_seeds(tmp_path, monkeypatch):
    made = iter(
        dict(
            config='upernet.py',
            metric='mIoU',
            verified='96/96',
            before=dict(random=1.0, moco_v2=1.0, regioncl_m=1.0),
            after=dict(random=a, moco_v2=b, regioncl_m=c),
        )
        for a, b, c in ((10, 15, 16), (12, 15, 18), (14, 15, 14))
    )
    monkeypatch.setattr(transfer, 'transfer', lambda runs, out: next(made))
    compared = runs.Comparison(runs.pairs()[:1], range(3), tmp_path, True)
    planned = runs.plan(compared, ())
    pairs = [planned[:2], planned[2:4], planned[4:]]
    found = transfer.transfer_seeds(pairs, tmp_path)
    assert found['after']['random']['values'] == {0: 10, 1: 12, 2: 14}
    assert found['difference'].keys() == {'random', 'moco_v2'}
    assert found['difference']['moco_v2']['values'] == {0: 1, 1: 3, 2: -1}
    assert notes.transfer_line(found) == (
        'Segmentation of toy scenes over 3 seeds, mIoU from random '
        'initialisation 12.0 ± 2.0, MoCo v2 15.0 ± 0.0, RegionCL-M 16.0 ± '
        '2.0; RegionCL to random initialisation +4.0 ± 2.0, 2/3, to MoCo v2 '
        '+1.0 ± 1.2, 2/3.'
    )
