"""Who trains on small images."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

from ...utils.places import project_root

CONFIGS = {
    name: f'configs/quickstart/{stem}_resnet18-tiny_1xb64-coslr-6e_'
    'fashion-mnist.py'
    for name, stem in (('M', 'regioncl-m'), ('off', 'mocov2'))
}
REGIONS = {
    'model.region_branch.min_cells': 2,
    'model.region_branch.max_cells': 4,
}
HERE = Path(__file__).parent


class Contestant(NamedTuple):
    """How to start one.

    Attributes:
        name: What people read.
        method: ``'M'``, or ``'off'`` for regions off.
        tree: The checkout whose library and configs it uses.
        program: What follows ``python``.
        changes: Settings that it alone has.
    """

    name: str
    method: str
    tree: Path
    program: list[str]
    changes: dict[str, Any] = {}


def find(commit: str | None, earlier: Path, precision: str) -> list:
    """All contestants; those whose library is not installed are left out.

    Args:
        commit: The earlier version to be compared with; None leaves it out.
        earlier: An empty folder for it.
        precision: Ours, ``'float32'`` or ``'bfloat16'``.
    """
    root = project_root()
    trainee = [str(HERE / 'trainee.py')]
    plain = ['-m', 'regioncl_mm.benchmarks.small_images.plain']
    bfloat16 = {'optim_wrapper.type': 'BFloat16OptimWrapper'}
    ours = bfloat16 if precision == 'bfloat16' else {}
    found = []
    if commit:
        export(root, commit, earlier)
    for method in CONFIGS:
        if commit:
            found.append(Contestant(commit, method, earlier, trainee))
        found += [
            Contestant('ours', method, root, trainee, ours),
            Contestant('plain', method, root, [*plain, 'plain']),
        ]
    if has_lightly():
        found.append(Contestant('lightly', 'off', root, [*plain, 'lightly']))
    return found


def has_lightly() -> bool:
    """Whether its parts and transforms can be imported."""
    try:
        import lightly.loss  # noqa: F401
        import lightly.transforms  # noqa: F401
    except ImportError:
        return False
    return True


def export(root: Path, commit: str, folder: Path) -> None:
    """Write a commit's files to a folder.

    Raises:
        ValueError: If git does not know it.
    """
    done = subprocess.run(
        ['git', '-C', str(root), 'archive', commit], capture_output=True
    )
    if done.returncode:
        raise ValueError(
            f'git has no commit {commit} here ({done.stderr.decode().strip()})'
            '; give another by --commit, or --commit none'
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder)  # nosec B202 # what git has just packed
