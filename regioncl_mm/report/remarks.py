"""Why a result is not simply the paper's setting."""

from __future__ import annotations

import re
from typing import NamedTuple

from .stand_ins import stand_ins


class Remark(NamedTuple):
    """A reason why a result cannot simply be compared."""

    mark: str
    text: str


def remarks(content: dict) -> list[Remark]:
    """All remarks on a result, from the content of its file."""
    found = []
    options = {
        key: value
        for key, value in (content.get('cfg_options') or {}).items()
        if key != 'randomness.seed'
    }
    if options:
        settings = ', '.join(f'{k}={v}' for k, v in options.items())
        found.append(Remark('*', f'settings changed: {settings}'))
    verified = content['verified']
    if verified and not verified['complete']:
        counts = f'{verified["loaded"]}/{verified["total"]}'
        found.append(Remark('†', f'partly loaded, {counts}'))
    if content.get('protocol'):
        found.append(Remark('§', content['protocol']))
    planned = re.search(r'_(\d+)xb\d+', content['name'])
    processes = content.get('world_size')
    # Cached features are cut into the planned batches; the search has none.
    alike = content.get('protocol') or content.get('knn')
    if planned and processes and not alike and processes != int(planned[1]):
        text = f'{processes} process(es), planned for {planned[1]}'
        found.append(Remark('‡', text))
    return (
        found + of_checkpoint(content['checkpoint'] or {}) + of_data(content)
    )


def of_checkpoint(checkpoint: dict) -> list[Remark]:
    """Remarks on weights other than those at the end of a pretraining."""
    found = []
    if checkpoint.get('encoder') == 'momentum':
        found.append(Remark('°', 'momentum encoder'))
    saved = re.fullmatch(r'epoch_(\d+)\.pth', checkpoint.get('file') or '')
    planned = epochs_of(checkpoint.get('experiment'))
    if saved and planned and int(saved[1]) < planned:
        found.append(Remark('~', f'after {saved[1]} of {planned} epochs'))
    return found


def of_data(content: dict) -> list[Remark]:
    """Remarks on settings that are no config's.

    They have no mark, but runs that differ in them are told apart.
    """
    found = []
    knn, listed = content.get('knn'), content.get('train_list')
    if knn:
        text = f'{knn["vote"]} vote'
        if knn['vote'] == 'weighted':
            text += f', temperature {knn["temperature"]}'
        found.append(Remark('', text))
    if listed:
        sha256 = listed['sha256'][:12]
        found.append(Remark('', f'labels of {listed["file"]}, {sha256}'))
    texts = stand_ins(content.get('versions') or {})
    return found + [Remark('', text) for text in texts]


def epochs_of(experiment: str | None) -> int | None:
    """How many epochs a pretraining took, by its config's name."""
    found = re.search(r'-(\d+)e_', experiment or '')
    return int(found[1]) if found else None
