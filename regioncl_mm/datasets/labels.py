"""Labels that mean the same in two data sets."""

from __future__ import annotations

from typing import Any

from ..utils.data_sets import inner_data_sets
from .classes import Classes, classes_of

_AT_MOST = 5  # names in a message


def use_labels_of(reference: Any, data_set: Any) -> list[str]:
    """Let labels mean in one data set what they mean in another.

    mmpretrain numbers folders by their order, so that a class which one of
    two folders lacks shifts the labels of those behind it.

    Args:
        reference: The data set that is learned from.
        data_set: The data set to be tested on; its labels are changed where
            its classes have others.

    Returns:
        What was changed, a line for each folder.

    Raises:
        ValueError: If a class is not among those that are learned, or a list
            gives it another label.
    """
    first, *others = inner_data_sets(reference)
    expected = classes_of(first)
    if expected is None:
        return []
    remarks = [x for other in others for x in use_labels(expected, other)]
    return remarks + use_labels(expected, data_set)


def use_labels(expected: Classes, data_set: Any) -> list[str]:
    """As :func:`use_labels_of`, of classes that are known."""
    remarks = []
    for inner in inner_data_sets(data_set):
        found = classes_of(inner)
        # The names of folders are not compared with names of another kind.
        if found is None or bool(expected.place) != bool(found.place):
            continue
        if _differ(expected, found):
            relabel(inner, expected.labels, found.labels)
            remarks.append(_remark(expected, found))
    return remarks


def _remark(expected: Classes, found: Classes) -> str:
    lacking = expected.labels.keys() - found.labels.keys()
    reason = f': it lacks {_listed(lacking)}' if lacking else ''
    return (
        f'classes in {found.place} get the labels that they have in '
        f'{expected.place}{reason}'
    )


def _differ(expected: Classes, found: Classes) -> bool:
    """Whether the labels of a data set are to be changed."""
    common = found.labels.keys() & expected.labels.keys()
    if found.place and not common and (found.numbered or expected.numbered):
        return False  # the folders of a list need not be classes
    unknown = found.labels.keys() - common
    where = found.place or 'the data set to be tested on'
    source = expected.place or 'the data set that is learned from'
    taken = {found.labels[x] for x in unknown} & {*expected.labels.values()}
    if unknown and (taken or not expected.numbered):
        raise ValueError(
            f'{where} has classes that {source} has not: {_listed(unknown)}. '
            'Rename or remove them; the latter has '
            f'{_listed(expected.labels)}'
        )
    wrong = {x for x in common if expected.labels[x] != found.labels[x]}
    if wrong and found.numbered:
        name = min(wrong)
        raise ValueError(
            f'{where} gives `{name}` the label {found.labels[name]}, and '
            f'{source} gives it {expected.labels[name]}; {len(wrong)} classes '
            'are so. Give both the same labels'
        )
    return bool(wrong)


def relabel(
    data_set: Any, expected: dict[str, int], found: dict[str, int]
) -> None:
    """Change the labels of a data set of mmpretrain's in place.

    Args:
        data_set: Its classes are folders.
        expected: The labels that classes are to have, by their names.
        found: Those that they have.
    """
    labels = {i: expected.get(name, i) for name, i in found.items()}
    infos = [data_set.get_data_info(i) for i in range(len(data_set))]
    for info in infos:
        info['gt_label'] = labels[int(info['gt_label'])]
    data_set.data_list = infos
    if data_set.serialize_data:
        serialized = data_set._serialize_data()
        data_set.data_bytes, data_set.data_address = serialized
    data_set.folder_to_idx = {name: labels[i] for name, i in found.items()}
    names = sorted(expected, key=expected.__getitem__)
    data_set._metainfo['classes'] = tuple(names)


def _listed(names: Any) -> str:
    names = sorted(names)
    more = f', … ({len(names)})' if len(names) > _AT_MOST else ''
    return ', '.join(names[:_AT_MOST]) + more
