"""What mmengine's runner saves beside tensors, made from records of it.

The functions in ``REBUILD`` are all that can be called, each checks what it
is given, and none runs anything of the file's.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.optim import OneCycleParamScheduler

from .recording_pickle import Placeholder, Record

# Booleans, numbers and text: no Python objects, no fields.
DTYPE_KINDS = 'biufcSU'


class NotRebuiltError(ValueError):
    """A class that is not known, or one with an unexpected content."""


def rebuild(value: Any, where: str = 'checkpoint', done=None) -> Any:
    """``value`` with what its records stand for in their places.

    Args:
        value: Numbers, text, tensors and records, in dicts, lists and tuples.
            Dicts and lists are changed in place and are returned themselves.
        where: What the value is called, for messages.
        done: What was rebuilt already, by the number of the original object:
            what was one object stays one.

    Raises:
        NotRebuiltError: If there is a record that is not known here.
    """
    done = {} if done is None else done
    if id(value) in done:
        return done[id(value)][1]
    if isinstance(value, (dict, list)):
        done[id(value)] = value, value  # first, for it may hold itself
        fill(value, where, done)
        return value
    if type(value) is tuple:
        rebuilt = tuple(
            rebuild(item, f'{where}[{i}]', done)
            for i, item in enumerate(value)
        )
    elif isinstance(value, Record):
        rebuilt = rebuild_record(value, where, done)
    elif isinstance(value, type) and issubclass(value, Placeholder):
        raise NotRebuiltError(f'`{where}` is `{value.path}`')
    else:
        return value
    # With the original, whose number is taken by another once it is gone.
    done[id(value)] = value, rebuilt
    return rebuilt


def fill(container: Any, where: str, done: dict) -> None:
    """Rebuild what is in a dict or a list."""
    if isinstance(container, list):
        container[:] = [
            rebuild(item, f'{where}[{i}]', done)
            for i, item in enumerate(container)
        ]
        return
    items = list(container.items())
    container.clear()
    for key, value in items:
        key = rebuild(key, f'a key of {where}', done)
        container[key] = rebuild(value, f'{where}.{key}', done)
    if hasattr(container, '__dict__'):
        # Where a module's state dict has its version.
        rebuild(container.__dict__, where, done)


def rebuild_record(record: Record, where: str, done: dict) -> Any:
    make = REBUILD.get(record.path)
    if record.path == 'builtins.getattr' and method_path(record) in METHODS:
        return METHODS[method_path(record)]
    if make is None:
        raise NotRebuiltError(f'`{where}` is a `{record.path}`')
    args, state = record.args, record.state
    if make is numpy_array:
        args = ()  # the class, and a shape that the state changes
    elif make is history_buffer and isinstance(state, dict):
        # Functions of the class, which has them without being told.
        state.pop('statistics_methods', None)
    args = tuple(rebuild(arg, where, done) for arg in args)
    if isinstance(state, tuple):
        state = tuple(rebuild(part, where, done) for part in state)
    else:
        state = rebuild(state, where, done)
    try:
        return make(*args, state=state)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise NotRebuiltError(
            f'`{where}` has a `{record.path}` that is not read ({error})'
        ) from error


def method_path(record: Record) -> str:
    """Of a call of ``getattr``: the class's path and the method's name."""
    owner, name = (*record.args, None, None)[:2]
    return f'{getattr(owner, "path", None)}.{name}'


def numpy_dtype(name: str, align=False, copy=True, *, state) -> np.dtype:
    dtype = np.dtype(str(name))
    if dtype.kind not in DTYPE_KINDS:
        raise ValueError(f'numbers of type {name}')
    order: Any = state[1] if state else '='
    return dtype if order == '|' else dtype.newbyteorder(order)


def numpy_scalar(dtype: np.dtype, data: bytes, *, state) -> np.generic:
    return np.frombuffer(data, dtype, count=1)[0]


def numpy_array(*, state) -> np.ndarray:
    _, shape, dtype, by_columns, data = state
    if isinstance(data, str):  # Python 2's, read as latin-1
        data = data.encode('latin1')
    order: Any = 'F' if by_columns else 'C'
    array = np.frombuffer(data, dtype).reshape(shape, order=order)
    # A copy, which can be written to.
    return array.astype(dtype.newbyteorder('='), order)


def numpy_frombuffer(
    data: bytes, dtype: np.dtype, shape: tuple, order: Any, *, state
) -> np.ndarray:
    return np.frombuffer(data, dtype).reshape(shape, order=order).copy()


def latin1_bytes(text: str, encoding: str, *, state) -> bytes:
    if encoding != 'latin1':
        raise ValueError(f'bytes as {encoding}')
    return text.encode('latin1')


def empty_bytes(*, state) -> bytes:
    return b''


def history_buffer(*, state) -> HistoryBuffer:
    buffer = HistoryBuffer(max_length=state.pop('max_length'))
    buffer._log_history = state.pop('_log_history')
    buffer._count_history = state.pop('_count_history')
    if state:
        raise ValueError(f'with {", ".join(state)}')
    return buffer


def simple(kind: type) -> Callable:
    """A type that is made of plain values, by calling it."""
    return lambda *args, state: kind(*args)


# Static methods that a scheduler holds.
METHODS: dict[str, Callable] = {
    f'{OneCycleParamScheduler.__module__}.OneCycleParamScheduler.{name}': (
        getattr(OneCycleParamScheduler, name)
    )
    for name in ('_annealing_cos', '_annealing_linear')
}
REBUILD: dict[str, Callable] = {
    '_codecs.encode': latin1_bytes,  # how pickle's protocol 2 has bytes
    'builtins.bytes': empty_bytes,
    'builtins.complex': simple(complex),
    'builtins.frozenset': simple(frozenset),
    'builtins.set': simple(set),
    'collections.Counter': simple(Counter),  # milestones of learning rates
    'mmengine.logging.history_buffer.HistoryBuffer': history_buffer,
    'numpy.dtype': numpy_dtype,
    'torch.device': simple(torch.device),
}
# numpy 1's name and numpy 2's: either reads what the other wrote.
for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
    REBUILD[f'{module}._reconstruct'] = numpy_array
    REBUILD[f'{module}.scalar'] = numpy_scalar
# How pickle's protocol 5 has arrays.
for module in ('numpy.core.numeric', 'numpy._core.numeric'):
    REBUILD[f'{module}._frombuffer'] = numpy_frombuffer
