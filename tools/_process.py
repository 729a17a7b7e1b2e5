"""Programs whose output goes to a file."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def start(command: list, output: Path, cwd=None, env=None) -> subprocess.Popen:
    """Start a program; all that it says goes to ``output``."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open('w') as file:
        return subprocess.Popen(
            [str(x) for x in command],
            cwd=cwd,
            env=env,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def python(script: str, *arguments) -> list:
    """The command of one of our tools."""
    return [sys.executable, ROOT / 'tools' / script, *arguments]


def last_words(output: Path) -> str:
    """The last line of a failed program, as a rule the error's message."""
    lines = output.read_text(errors='replace').split('\n')
    last = [line for line in lines if line.strip()][-1:]
    return '\n'.join(
        f'    {line}' for line in [*last, f'whole output: {output}']
    )
