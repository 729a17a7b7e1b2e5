"""A suite of transfers: what is run, kept, and said in the end."""

import argparse
import json
from pathlib import Path

import pytest
from tool_calls import ProgramInThisProcess, call, main_of
from transfer_configs import CONFIGS, POSE, UPERNET

from regioncl_mm.cli import programs
from regioncl_mm.cli.transfer_all import plan
from regioncl_mm.cli.transfer_all.table import describe
from regioncl_mm.transfer.source import Source

RETINANET = CONFIGS / 'retinanet_resnet18-tiny_fpn_1xb4-300i_toy-coco.py'


def transfer_all(*arguments, **kwargs):
    return call(main_of('transfer_all.py'), *arguments, **kwargs)


def test_it_goes_on_after_a_failure_and_keeps_what_is_finished(
    toy,
    checkpoint,
    tmp_path,
    monkeypatch,
):
    monkeypatch.setattr(programs, 'Popen', ProgramInThisProcess)
    broken = tmp_path / 'broken.py'
    # A ResNet of three stages needs three.
    broken.write_text(
        f"_base_ = '{UPERNET}'\nmodel = dict(backbone=dict("
        'dilations=(1, 1)))\n'
    )
    given = (
        checkpoint,
        'random',
        *('--suite', broken, RETINANET, '--work-dir', 'out'),
        *('--test-before', '--cfg-options', 'train_cfg.max_iters=1'),
    )
    out = transfer_all(*given, cwd=tmp_path, ok=False, **toy)
    assert out.startswith('broken from RegionCL-M (')
    assert out.count('FAILED') == 2 and '2 of 4 runs failed' in out
    assert (
        '[4/4] retinanet_resnet18-tiny_fpn_1xb4-300i_toy-coco from ran' in out
    )
    assert 'verified 96/96' in out
    folders = sorted((tmp_path / 'out' / RETINANET.stem).iterdir())
    assert len(folders) == 2 and folders[1].name == 'random'
    found = [json.loads((x / 'results.json').read_text()) for x in folders]
    assert [x['init'] for x in found] == ['checkpoint', 'random']
    # A line of both, and one of the failure.
    table = out.split('\n\n')[-2].split('\n')
    assert table[0].split() == ['RegionCL-M', f'({folders[0].name})', 'random']
    assert table[1].split() == ['broken', 'failed', 'failed']
    assert table[2].split()[:2] == [RETINANET.stem, 'coco/bbox_mAP']
    assert table[2].count('->') == 2

    before = [(x / 'results.json').stat().st_mtime_ns for x in folders]
    out = transfer_all(*given, cwd=tmp_path, ok=False, **toy)
    assert out.count(', kept') == 2 and out.count('FAILED') == 2
    assert before == [(x / 'results.json').stat().st_mtime_ns for x in folders]


def commands(*arguments, **kwargs):
    out = transfer_all(*arguments, '--dry-run', **kwargs)
    lines = out.strip().split('\n')
    return [line.strip() for line in lines if line.startswith('    ')]


def test_the_papers_suite_is_its_downstream_runs(tmp_path):
    found = commands('random', '--suite', 'paper', '--gpus', 8, cwd=tmp_path)
    assert len(found) == 11
    assert all('/dist_transfer.sh ' in line for line in found)
    assert all(' random 8 --work-dir work_dirs/transfer/' in x for x in found)
    assert not (tmp_path / 'work_dirs').exists()


def test_slurm(tmp_path):
    (found,) = commands(
        'random',
        *('--suite', POSE, '--gpus', 16, '--slurm', 'gpu'),
        cwd=tmp_path,
    )
    assert f'tools/slurm_transfer.sh gpu {POSE.stem} ' in found


@pytest.mark.parametrize(
    'suite, words',
    [
        (
            'papers',
            'there is no suite papers: give imagenet, paper, quickstart, '
            'quickstart-imagenet, a file',
        ),
        ('none.py', 'there is no config none.py'),
        ('words.yml', 'words.yml is not a list of configs'),
    ],
)
def test_a_wrong_suite_is_named(suite, words, tmp_path):
    (tmp_path / 'words.yml').write_text('a: b')
    out = transfer_all('random', '--suite', suite, cwd=tmp_path, ok=False)
    assert words in out and 'Traceback' not in out


def test_a_checkpoint_that_is_none_stops_it_at_once(tmp_path):
    out = transfer_all('no.pth', '--suite', POSE, cwd=tmp_path, ok=False)
    assert out.strip() == 'transfer_all.py: there is no file no.pth'


@pytest.mark.parametrize('options, second', [((), 50), (('depth=34',), 34)])
def test_supervised_is_of_each_tasks_resnet(
    options, second, monkeypatch, tmp_path
):
    """As transfer.py finds it, with the options; a file is looked up once."""
    looked_up = []

    def find_source(checkpoint, cfg, *_):
        depth = str(cfg.model.backbone.depth)
        looked_up.append((checkpoint, depth))
        supervised = checkpoint == 'supervised'
        init, sha256 = (checkpoint, depth) if supervised else ('checkpoint', 9)
        return Source(init, None, None, dict(sha256=str(sha256)))

    monkeypatch.setattr(plan, 'find_source', find_source)
    for depth in (18, 50):
        (tmp_path / f'r{depth}.py').write_text(
            f'model = dict(backbone=dict(depth={depth}))'
        )
    jobs = plan.plan(
        argparse.Namespace(
            suite=[str(tmp_path / 'r18.py'), str(tmp_path / 'r50.py')],
            checkpoints=['supervised', 'a.pth'],
            cfg_options=[f'model.backbone.{x}' for x in options],
            no_install=True,
            backbone_dir=Path('backbones'),
            encoder='online',
            trust_checkpoint=False,
            allow_partial=False,
            work_dir=Path('out'),
        )
    )
    first = '34' if options else '18'
    found = [job.record['backbone'] for job in jobs]
    assert found == [first, '9', str(second), '9']
    assert looked_up == [
        *(('supervised', first), ('a.pth', first)),
        ('supervised', str(second)),
    ]


def test_results_without_metrics_before():
    results = dict(metrics={'mIoU': 40.0}, verified=None)
    assert describe(results) == 'mIoU 40'
