"""The profile's file: what to install, section by section."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# What `tools/install.sh` and `python -m regioncl_mm.install` install together:
# the beginnings of sections' headings.
STAGES = {
    'pretraining': ('pretraining', 'image library', 'build tools'),
    'downstream': ('downstream',),
    'developer': ('analysis', 'developer'),
}


def requirements_file() -> Path:
    """That of the profile `newest`: the checkout's, or what a wheel carries.

    Raises:
        FileNotFoundError: If there is neither.
    """
    for folder in (PACKAGE.parent, PACKAGE / '.mim'):
        file = folder / 'requirements.txt'
        if file.exists():
            return file
    raise FileNotFoundError(
        f'there is no requirements.txt beside {PACKAGE}, nor in it; install '
        'regioncl_mm anew'
    )


def read_section(text: str, heading: str) -> list[str]:
    """The requirements under a heading.

    Args:
        text: A requirements file; headings are ``# --- pretraining ---``.
        heading: How the heading begins, as ``pretraining``.

    Raises:
        ValueError: If there is no such heading.
    """
    start = re.search(rf'^# --- {heading}\b.*$', text, re.M)
    if start is None:
        raise ValueError(f'the requirements have no section `{heading}`')
    section = text[start.end() :].partition('\n# --- ')[0]
    lines = (line.strip() for line in section.splitlines())
    return [line for line in lines if line and not line.startswith('#')]


def read_stage(stage: str) -> list[str]:
    """The requirements of a stage, in the order of the file."""
    text = requirements_file().read_text(encoding='utf-8')
    return [
        x for heading in STAGES[stage] for x in read_section(text, heading)
    ]


def name_of(requirement: str) -> str:
    """``mmdet==3.3.0`` -> ``mmdet``."""
    return re.split(r'[^\w.-]', requirement, maxsplit=1)[0]
