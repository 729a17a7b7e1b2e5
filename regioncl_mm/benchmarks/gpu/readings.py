"""What is read of the stages' outputs, or of the files that they write."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from ...utils.files import read_json

_TEST = re.compile(r'^\S+::.* (PASSED|FAILED|ERROR|SKIPPED)', re.M)
_FAILED = re.compile(r'^(?:FAILED|ERROR) (\S+::\S+)', re.M)


def read_tests(output: Path) -> dict[str, Any]:
    """How many tests passed and so on, and the names of those that failed, of
    pytest's lines; it need not have come to its end."""
    text = output.read_text(errors='replace')
    counts = Counter(word.lower() for word in _TEST.findall(text))
    return dict(counts=dict(counts), failed=_FAILED.findall(text))


def read_step(file: Path) -> dict[str, Any]:
    """The contestants and ratios of RegionCL-M, of the file that
    ``step.py --json`` writes in the end."""
    found = read_json(file)
    if not found:
        return {}
    figures = found['methods']['m']
    if 'A' in figures and 'C' not in figures:
        figures['left_out'] = "lightly's MoCo v2: lightly is not installed"
    return figures


def read_training(file: Path) -> dict[str, Any]:
    """What the trainings on CIFAR-10 have written until now."""
    return read_json(file) or {}
