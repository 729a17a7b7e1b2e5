"""Fails a run of the tests that reaches too little of the package.

coverage's own bound is one on lines and branches together.
"""

import json
import tempfile
from pathlib import Path

BOUNDS = dict(lines=95.0, branches=90.0)  # per cent
said = []


def reached(measured):
    """How much of the lines and of the branches was run, per cent.

    Args:
        measured: A ``Coverage`` that has its data.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, 'coverage.json')
        measured.json_report(outfile=str(file))
        totals = json.loads(file.read_text())['totals']
    return dict(
        lines=100 * totals['covered_lines'] / totals['num_statements'],
        branches=100 * totals['covered_branches'] / totals['num_branches'],
    )


def pytest_addoption(parser):
    parser.addoption(
        '--cov-bounds',
        action='store_true',
        help='with --cov, fail below '
        f'{BOUNDS["lines"]:g} %% of lines, {BOUNDS["branches"]:g} %% of '
        'branches',
    )


def pytest_sessionfinish(session):
    """Look at what all processes have measured, and say it."""
    config = session.config
    if not config.option.cov_bounds or hasattr(config, 'workerinput'):
        return
    # Not everybody who runs tests has it.
    import coverage

    measured = coverage.Coverage()
    measured.load()
    found = reached(measured)
    for name, share in found.items():
        said.append(f'{share:.1f} % of {name} run, at least {BOUNDS[name]:g}')
    if any(share < BOUNDS[name] for name, share in found.items()):
        said.append('too little is tested: `python -m coverage report`')
        session.exitstatus = session.exitstatus or 1


def pytest_terminal_summary(terminalreporter):
    for line in said:
        terminalreporter.write_line(line)
