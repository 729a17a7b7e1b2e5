"""What is said of the lines and branches that tests have run."""

from types import SimpleNamespace

import coverage
import coverage_bounds
import pytest

CODE = """
def sign(x):
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0
"""
CONFIG = SimpleNamespace(option=SimpleNamespace(cov_bounds=True))


@pytest.fixture
def measured(tmp_path):
    """Which lines were run is written down as if ``sign(5)`` had been."""
    file = tmp_path / 'signs.py'
    file.write_text(CODE)
    measured = coverage.Coverage(
        data_file=str(tmp_path / 'data'),
        config_file=False,
        branch=True,
        include=[str(file)],
    )
    data = measured.get_data()
    data.add_arcs(
        {str(file): [(-1, 2), (2, -1), (-2, 3), (3, 4), (4, -2)]},
    )
    return measured


def test_lines_and_branches_are_told_apart(measured):
    """Three of six lines, one of four ways."""
    assert coverage_bounds.reached(measured) == dict(lines=50, branches=25)


@pytest.mark.parametrize(
    'lines, branches, fails', [(95, 90, 0), (94.9, 99, 1), (99, 89.9, 1)]
)
def test_too_little_of_either_fails_the_run(
    lines, branches, fails, monkeypatch
):
    written = []
    monkeypatch.setattr(coverage_bounds, 'said', [])
    monkeypatch.setattr(
        coverage,
        'Coverage',
        lambda: SimpleNamespace(load=lambda: None),
    )
    monkeypatch.setattr(
        coverage_bounds,
        'reached',
        lambda _: dict(lines=lines, branches=branches),
    )
    session = SimpleNamespace(config=CONFIG, exitstatus=0)
    coverage_bounds.pytest_sessionfinish(session)
    assert session.exitstatus == fails
    coverage_bounds.pytest_terminal_summary(
        SimpleNamespace(write_line=written.append)
    )
    assert written[0] == f'{lines} % of lines run, at least 95'.replace(
        f'{lines} ', f'{lines:.1f} '
    )
    assert len(written) == 2 + fails
    # A process that shares the tests has measured but its own.
    config = SimpleNamespace(option=CONFIG.option, workerinput={})
    worker = SimpleNamespace(config=config)
    coverage_bounds.pytest_sessionfinish(worker)


def test_what_failed_already_stays_so(monkeypatch):
    monkeypatch.setattr(coverage_bounds, 'said', [])
    monkeypatch.setattr(
        coverage_bounds, 'reached', lambda _: dict(lines=1, branches=1)
    )
    monkeypatch.setattr(
        coverage,
        'Coverage',
        lambda: SimpleNamespace(load=lambda: None),
    )
    session = SimpleNamespace(config=CONFIG, exitstatus=2)
    coverage_bounds.pytest_sessionfinish(session)
    assert session.exitstatus == 2
