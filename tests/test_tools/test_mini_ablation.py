"""The small ablation: its variants, its tables, and two runs of it."""

import json

import pytest
from conftest import REPO, make_fashion_mnist
from mmengine.config import Config
from tool_calls import ProgramInThisProcess, call, main_of

from regioncl_mm.cli import programs
from regioncl_mm.cli.mini_ablation import evaluate, run
from regioncl_mm.cli.mini_ablation.notes import notes
from regioncl_mm.cli.mini_ablation.paper import difference
from regioncl_mm.cli.mini_ablation.results import read
from regioncl_mm.cli.mini_ablation.tables import TABLES, as_markdown, rows_of
from regioncl_mm.cli.mini_ablation.variants import BASE, VARIANTS, plan
from regioncl_mm.cli.quickstart.figures import FIGURES
from regioncl_mm.utils import check_config

ABLATIONS = REPO / 'configs' / 'regioncl' / 'ablations'
PAPERS = {
    'cells-1-5': 'regioncl-m-cells-1-5_resnet50_8xb128-coslr-100e_in1k',
    'cells-3-6': 'regioncl-m-cells-3-6_resnet50_8xb128-coslr-100e_in1k',
    'canvas-only': 'regioncl-m-canvas-only_resnet50_8xb128-coslr-100e_in1k',
    'paste-only': 'regioncl-m-paste-only_resnet50_8xb128-coslr-100e_in1k',
    'no-intra-negative': (
        'regioncl-m-no-intra-negative_resnet50_8xb128-coslr-100e_in1k'
    ),
    'no-swap': 'regioncl-m-no-swap_resnet50_8xb128-coslr-200e_in1k',
}


def config(name, monkeypatch, fashion_mnist_root):
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))
    one = next(x for x in plan([name], [0], 4, REPO, ()) if x.method == name)
    cfg = Config.fromfile(one.config)
    pairs = (x.split('=') for x in one.cfg_options)
    cfg.merge_from_dict({k: eval(v) for k, v in pairs})
    return cfg


@pytest.mark.parametrize('name', list(VARIANTS))
def test_variants_are_the_papers(name, monkeypatch, fashion_mnist_root):
    cfg = config(name, monkeypatch, fashion_mnist_root)
    check_config(cfg)
    assert cfg.train_cfg.max_epochs == cfg.param_scheduler[0].end == 4
    assert cfg.custom_hooks[2].type == 'KNNHook'
    if name in PAPERS:
        wanted = Config.fromfile(ABLATIONS / f'{PAPERS[name]}.py').model
        branch = dict(wanted.region_branch, stride=4)
        assert cfg.model.region_branch == branch
        assert cfg.model.region_head == wanted.region_head
    elif name == BASE:
        assert cfg.model.region_branch is None


def test_every_variant_is_in_a_table():
    rows = {variant for _, variants in TABLES.values() for variant in variants}
    assert rows == set(VARIANTS)


@pytest.mark.parametrize(
    'number, row, metric, expected',
    [
        (9, '3 to 5 cells', 'knn20', 5.4),
        (9, '3 to 6 cells', 'knn100', 5.2),
        (10, 'paste', 'knn20', 0.7),
        (10, 'paste, canvas, negatives', 'knn100', 5.4),
        (14, 'w/o swapping', 'linear', 1.7),
        (14, 'w/ swapping', 'linear', 1.9),
        (14, 'w/ swapping', 'knn20', None),
        (9, 'no paste view', 'knn20', None),
    ],
)
def test_the_papers_differences(number, row, metric, expected):
    assert difference(number, row, metric) == expected


def result(knn20, linear=70.0):
    return dict(metrics=dict(knn20=knn20, knn100=60.0, linear=linear))


def test_differences_are_seed_by_seed():
    results = {
        BASE: {0: result(70), 1: result(74)},
        'regioncl-m': {0: result(71), 1: result(77), 2: result(99)},
        'no-swap': {},
    }
    head, base, ours = rows_of(9, results, 3)
    assert head[:4] == ['', '20-NN', 'to MoCo v2', "the paper's"]
    assert base[:4] == ['no paste view', '72.0 ± 2.8 (2)', '', '']
    # +1 and +3; the third seed has no base.
    assert ours[:4] == [
        '3 to 5 cells',
        '82.3 ± 14.7',
        '+2.0 ± 1.0, 2/2',
        '+5.4',
    ]
    swapping = rows_of(14, results, 3)
    assert swapping[2][:4] == ['w/o swapping', 'failed', 'failed', '+1.7']
    text = as_markdown(results, 3, ['a note'])
    assert '| 3 to 5 cells | 82.3 ± 14.7 | +2.0 ± 1.0, 2/2 | +5.4 |' in text
    assert '## Table 14: Region swapping\n' in text


def test_the_mark_of_missing_seeds_is_explained():
    whole = {BASE: {0: result(70)}, 'no-swap': {0: result(71)}}
    for x in (whole[BASE][0], whole['no-swap'][0]):
        x.update(
            seconds_per_epoch=2,
            versions=dict(device='a CPU', python='3.11', torch='2'),
            finished='2026-01-02T00:00:00',
        )
    assert '(n)' not in '\n'.join(notes(whole, 1, 4, 'the command'))
    assert '(n): over n seeds; ' in '\n'.join(notes(whole, 2, 4, ''))


def test_results_of_an_earlier_training_are_not_read(tmp_path):
    base, ours = (
        one._replace(work_dir=tmp_path / one.method)
        for one in plan(['regioncl-m'], [0], 4, tmp_path, ())
    )
    for one, began in ((base, '20260101_000000'), (ours, '20260102_000000')):
        logs = one.work_dir / began / 'vis_data'
        logs.mkdir(parents=True)
        (logs / 'scalars.json').touch()
        content = dict(result(70), training='20260101_000000')
        (one.work_dir / 'results.json').write_text(json.dumps(content))
    found = read([base, ours])
    assert found[BASE][0]['metrics']['knn20'] == 70
    assert found['regioncl-m'] == {}
    # Nor of a training that failed before it had a folder.
    assert read([base, ours], [base]) == {BASE: {}, 'regioncl-m': {}}


def test_what_fails_leaves_no_earlier_result(tmp_path, monkeypatch):
    """First nothing fails, then a classifier, then the base's training."""
    trained = []

    def train(runs, resume, jobs):
        failed = runs[:1] if len(trained) == 2 else []
        for one in runs[len(failed) :]:
            logs = one.work_dir / f'2026010{len(trained) + 1}' / 'vis_data'
            logs.mkdir(parents=True)
            accuracies = dict.fromkeys(FIGURES, 70 + len(trained))
            lines = [
                dict(accuracies, step=0),
                dict(time=1, epoch=1, iter=10),
                dict(accuracies, step=1),
            ]
            (logs / 'scalars.json').write_text(
                '\n'.join(map(json.dumps, lines))
            )
        trained.append(runs)
        return [], failed

    def classify(tasks, begin, jobs, ended):
        for one in tasks:
            evaluate.folder(one).mkdir(exist_ok=True)
            (evaluate.folder(one) / 'results.json').write_text(
                json.dumps(
                    dict(
                        metrics={'accuracy/top1': 80},
                        versions=dict(device='a CPU', python='3', torch='2'),
                    )
                )
            )
            evaluate.output_file(one).write_text('as said')
            is_broken = len(trained) == 2 and one.method == 'regioncl-m'
            ended(one, int(is_broken), 0.1)

    monkeypatch.setattr(run, 'provide_data', lambda: None)
    monkeypatch.setattr(run, 'run_side_by_side', train)
    monkeypatch.setattr(evaluate, 'side_by_side', classify)

    def mini_ablation(ok):
        arguments = ('--seeds', 1, '--work-dir', tmp_path)
        variants = ('--variants', 'regioncl-m')
        main = main_of('mini_ablation.py')
        return call(main, *arguments, *variants, ok=ok)

    row = '| w/ swapping | {} | +1.9 | {} | '
    assert row.format('80.0 | +0.0', '70.0 | +0.0') in mini_ablation(True)
    said = mini_ablation(False)
    assert '1 of 2 runs failed' in said
    assert row.format('failed | failed', 'failed | failed') in said
    assert '| MoCo v2 | 80.0 |  |  | 71.0 |  |  |' in said
    said = mini_ablation(False)
    assert '1 of 2 runs failed' in said
    assert row.format('80.0 | failed', '72.0 | failed') in said
    assert '| MoCo v2 | failed |  |  | failed |  |  |' in said


def test_runs_are_kept(tmp_path, monkeypatch):
    root = make_fashion_mnist(tmp_path, 128, 40)
    monkeypatch.setattr(programs, 'Popen', ProgramInThisProcess)

    def mini_ablation():
        return call(
            main_of('mini_ablation.py'),
            *('--seeds', 1, '--seed', 3, '--epochs', 1, '--jobs', 2),
            *('--work-dir', 'out'),
            *('--variants', 'canvas-only', '--cfg-options'),
            'train_dataloader.batch_size=32',
            'default_hooks.logger.interval=1',
            cwd=tmp_path,
            DATA_ROOT=str(root),
        )

    out = mini_ablation()
    assert '2 runs, 2 at a time' in out and ': linear ' in out
    # The first is in Table 14, the other is not.
    folders = [
        tmp_path / 'out' / name / 'seed3' for name in (BASE, 'canvas-only')
    ]
    found = [json.loads((x / 'results.json').read_text()) for x in folders]
    for content in found:
        assert content['seconds_per_epoch'] > 0 and content['versions']
        assert content['metrics_before'].keys() == FIGURES.keys()
    assert found[0]['metrics'].keys() == {*FIGURES, 'linear'}
    assert found[0]['protocol']
    assert found[1]['metrics'].keys() == FIGURES.keys()
    paste = found[1]['cfg_options']['model.region_head.use_paste']
    assert paste == 'False'
    text = (tmp_path / 'out' / 'mini_ablation.md').read_text()
    assert text in out and '| canvas |' in text
    assert '2 runs, ' in text and 'mini_ablation.py --seeds 1' in text
    assert not (folders[0] / 'linear').exists()

    again = mini_ablation()
    assert again.count(', kept') == 2 and ': linear ' not in again
    # What was interrupted before its classifier gets that alone.
    (folders[0] / 'results.json').unlink()
    again = mini_ablation()
    assert again.count(', kept') == 2 and again.count(': linear ') == 1
    assert (
        json.loads((folders[0] / 'results.json').read_text())['metrics']
        == (found[0]['metrics'])
    )


def test_a_wrong_variant_is_answered_with_the_right_ones(tmp_path):
    main = main_of('mini_ablation.py')
    out = call(main, '--variants', 'swap', ok=False, cwd=tmp_path)
    assert 'there is no variant swap; there are moco-v2, regioncl-m,' in out
    assert all(name in out for name in VARIANTS)
