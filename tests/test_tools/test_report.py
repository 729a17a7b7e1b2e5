"""The report's command: three files, and every mistake explained."""

import csv

import report
from results_files import HASH, POSE, content, write
from tool_calls import call

from regioncl_mm.report.paper import read_paper

TABLES = read_paper().tables


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = {
        'a': content(POSE, {'coco/AP': 0.7256}),
        'toy': dict(
            content('toy', {'mIoU': 20.0}), metrics_before={'mIoU': 3.0}
        ),
        'bad': dict(name='bad'),
    }
    write(tmp_path / 'runs', runs)
    (tmp_path / 'runs' / 'cut.json').write_text('{"name')
    out = call(report.main, 'runs', 'runs/cut.json')
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


def test_nothing_run_yet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'empty').mkdir()
    out = call(report.main, 'empty', '--tables', '13')
    assert 'There is no results.json below empty' in out
    assert out.count('not run\n') == 14  # in two columns of seven rows
    (tmp_path / 'cut.json').write_text('{')
    out = call(report.main, 'cut.json', '--out', 'to/a')
    assert 'No results.json below cut.json could be read' in out
    assert (tmp_path / 'to' / 'a' / 'report.csv').is_file()
    out = call(report.main, 'empty', '--out', 'cut.json', ok=False)
    assert 'report.py: cannot write to cut.json' in out
    out = call(report.main, 'none', ok=False)
    assert out.strip() == 'report.py: there is no none'
    out = call(report.main, 'empty', '--tables', '99', ok=False)
    assert 'no numbers of table 99' in out
