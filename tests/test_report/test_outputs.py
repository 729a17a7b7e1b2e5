"""What the outputs say: ours beside the paper's, marked and explained."""

import statistics

import pytest
from results_files import (
    C4,
    FPN,
    LINEAR,
    OTHER,
    POSE,
    changed,
    content,
    pretrained,
)

from regioncl_mm.report.collect import Figure, lines_of
from regioncl_mm.report.markdown import as_markdown, other_runs
from regioncl_mm.report.paper import read_paper
from regioncl_mm.report.render import cell
from regioncl_mm.report.results import to_result
from regioncl_mm.report.terminal import as_text

TABLES = read_paper().tables
METHODS = tuple(read_paper().standard)


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
    """A line may have results in the other group of columns only."""
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


def test_markdown_tables_survive_any_setting():
    result = changed(content('toy', {'mIoU': 2.0}), cfg_options={'a': 'x|y'})
    assert other_runs([result])[-1].endswith(r'settings changed: a=x\|y |')
