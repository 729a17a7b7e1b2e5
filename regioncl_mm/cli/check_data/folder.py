"""Any folder of images, in folders or not, to pretrain on."""

from __future__ import annotations

from ...utils.check_pictures import EXTENSIONS
from ...utils.files_below import files_below
from .report import Report

# What mmpretrain's CustomDataset reads, and what `extensions` can add.
READ = (*EXTENSIONS, '.tiff', '.webp')


def check_folder(report: Report) -> None:
    """Check every image in a folder and below it."""
    files = list(files_below(report.root, hidden_folders=True))
    names = {
        path.relative_to(report.root).as_posix()
        for path in files
        if path.suffix.lower() in READ
    }
    if not names:
        report.problem(f'{report.root} holds no image ({", ".join(READ)})')
    if len(names) < len(files):
        report.warnings.append(
            f'{len(files) - len(names)} file(s) are of other kinds and would '
            'not be looked at'
        )
    report.decode('.', names)
