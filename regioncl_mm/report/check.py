"""What a results.json must have to be counted."""

from __future__ import annotations

import math
from typing import Any

NONE = type(None)
TYPES: dict[str, Any] = dict(
    name=str,
    init=str,
    method=(str, NONE),
    checkpoint=(dict, NONE),
    verified=(dict, NONE),
    metrics=dict,
    seed=int,
)
# Not in every file.
OPTIONAL: dict[str, Any] = dict(
    cfg_options=(dict, NONE),
    metrics_before=(dict, NONE),
    metrics_last=(dict, NONE),
    best_epoch=(int, NONE),
    protocol=(str, NONE),
    knn=(dict, NONE),
    train_list=(dict, NONE),
    trained=bool,
    finished=str,
)
NEEDED = dict(knn={'vote', 'temperature'}, train_list={'file', 'sha256'})
# Rows of runs that have no checkpoint of their own, by `init`.
ROWS = dict(random='Rand Init', supervised='Supervised')


def check(content: Any) -> None:
    """Check that a file's content can be read as a result.

    Raises:
        ValueError: What is wrong with it, to come after the file's name.
    """
    if not isinstance(content, dict):
        raise ValueError('it is not a JSON object')
    missing = [key for key in TYPES if key not in content]
    if missing:
        raise ValueError(f'it has no {", ".join(missing)}')
    for key, kind in {**TYPES, **OPTIONAL}.items():
        if key in content and not isinstance(content[key], kind):
            raise ValueError(f'its {key} is {content[key]!r}')
    init = content['init']
    if init not in (*ROWS, 'checkpoint'):
        raise ValueError(f'its init is {init!r}')
    sha256 = (content['checkpoint'] or {}).get('sha256')
    if init == 'checkpoint' and not isinstance(sha256, str):
        raise ValueError('its checkpoint has no sha256')
    if not content.get('trained', True):
        raise ValueError(
            'its training is not finished: transfer.py --resume goes on with '
            'it'
        )
    check_parts(content)
    check_metrics(content)


def check_parts(content: dict) -> None:
    """Check that the parts of a result are whole, where it has them."""
    needed = dict(NEEDED, verified={'loaded', 'total', 'complete'})
    for key, wanted in needed.items():
        found = content.get(key)
        if found is None:
            continue
        missing = wanted - set(found)
        if missing:
            raise ValueError(f'its {key} has no {", ".join(sorted(missing))}')


def check_metrics(content: dict) -> None:
    """Check that there are metrics, and that they are numbers."""
    if not content['metrics']:
        raise ValueError('its metrics are empty: nothing was detected')
    for key in ('metrics', 'metrics_before', 'metrics_last'):
        for name, value in (content.get(key) or {}).items():
            if not is_metric(value):
                raise ValueError(f'its {key} has {name} = {value!r}')


def is_metric(value: Any) -> bool:
    """Whether it is a finite number, or None, which an evaluator gives that
    had nothing to count."""
    if value is None:
        return True
    return isinstance(value, (int, float)) and math.isfinite(value)
