"""Checkpoints that mmengine saved, read without running what is in them.

mmengine 0.10.7 reads them by a bare ``torch.load``. From torch 2.6 on that
refuses every training checkpoint, for the logs in it are objects of a class
of mmengine's; before, it runs whatever code a file asks for. With every torch
they are read by :func:`~regioncl_mm.checkpoints.training.load_from_local`
instead: ``load_from``, ``resume``, ``init_cfg`` and the commands that set
them. Files from the web are read by mmengine as ever.
"""

from __future__ import annotations


def needed() -> bool:
    return True


def apply() -> None:
    from mmengine.runner.checkpoint import CheckpointLoader

    from ..checkpoints.training import load_from_local

    CheckpointLoader.register_scheme('', load_from_local, force=True)
