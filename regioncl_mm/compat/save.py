"""Checkpoints that mmengine saves, whole or not there.

mmengine 0.10.7 opens the file of a checkpoint and writes: whoever is killed
meanwhile, or has no room on the disk, has cut it short, and the file before
it of the same name is gone. ``runner.save_checkpoint`` and whatever else
saves by mmengine's function writes by
:func:`~regioncl_mm.checkpoints.save.save_atomically` instead. What goes to
another storage than a folder is left to mmengine.
"""

from __future__ import annotations

from pathlib import Path

from .replace import replace


def needed() -> bool:
    return True


def apply() -> None:
    from mmengine.runner.checkpoint import save_checkpoint as in_place

    from ..checkpoints.save import save_atomically

    def save_checkpoint(
        checkpoint: dict,
        filename: str,
        file_client_args: dict | None = None,
        backend_args: dict | None = None,
    ) -> None:
        if file_client_args is None and is_local(filename, backend_args):
            path = Path(filename)
            path.parent.mkdir(parents=True, exist_ok=True)
            save_atomically(checkpoint, path)
        else:
            in_place(checkpoint, filename, file_client_args, backend_args)

    replace('mmengine', in_place, save_checkpoint)


def is_local(filename: str, backend_args: dict | None) -> bool:
    """Whether mmengine would write to a folder of this machine."""
    from mmengine.fileio import LocalBackend, get_file_backend

    return '://' not in filename and isinstance(
        get_file_backend(filename, backend_args=backend_args), LocalBackend
    )
