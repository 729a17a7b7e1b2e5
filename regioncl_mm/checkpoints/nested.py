"""The state dict of a checkpoint, wherever its program puts it."""

from __future__ import annotations

from typing import Any

# Keys of a state dict in what else is saved; the first that is there counts.
STATE_DICT_KEYS = ('state_dict', 'model')
RARER_KEYS = ('model_state_dict', 'model_state', 'net', 'network')
# Keys of state dicts that are two halves of one model, and stay in the names.
HALVES = (
    'student',
    'teacher',
    'online_network_state_dict',
    'target_network_state_dict',
)
# Where VISSL has the model.
VISSL = ('classy_state_dict', 'base_model', 'model')
MAX_DEPTH = 4  # of dicts in a state dict


def state_dict_in(content: dict) -> tuple[dict, bool]:
    """Named values, and whether they were below a key that says so.

    Values of dicts within dicts get all keys on the way as their names.
    """
    vissl: Any = content
    for key in VISSL:
        vissl = vissl.get(key) if isinstance(vissl, dict) else None
    if isinstance(vissl, dict):
        return flat(vissl), True
    halves = {
        x: content[x] for x in HALVES if isinstance(content.get(x), dict)
    }
    if halves:
        return flat(halves), True
    for key in (*STATE_DICT_KEYS, *RARER_KEYS):
        if isinstance(content.get(key), dict):
            return flat(content[key]), True
    return content, False


def flat(values: dict, prefix: str = '', depth: int = MAX_DEPTH) -> dict:
    """Values by the keys on the way to them, with dots between.

    Dicts below ``depth`` others are left out: one may hold itself.
    """
    found = {}
    for key, value in values.items():
        name = f'{prefix}{key}'
        if not isinstance(value, dict):
            found[name] = value
        elif depth:
            found.update(flat(value, f'{name}.', depth - 1))
    return found
