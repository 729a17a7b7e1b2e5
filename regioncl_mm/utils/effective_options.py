"""Settings of the command line that would change nothing."""

from __future__ import annotations

import difflib
import inspect
from typing import Any, Iterable, Iterator

from mmengine.config import Config
from mmengine.runner import Runner

# What the Runner reads of its whole config, beside what it is given.
_READ_BY_RUNNER = (
    *('activation_checkpointing', 'compile', 'efficient_conv_bn_eval'),
    *('find_unused_parameters', 'model_wrapper_cfg', 'sync_bn'),
)
_READ_BY_TOOLS = ('custom_imports', 'runner_type', 'tta_model', 'tta_pipeline')


def refuse_options_without_effect(
    cfg: Config, cfg_options: Iterable[str], also_read: Iterable[str] = ()
) -> None:
    """Refuse settings that nobody would read.

    A config's own variables, as ``data_root``, have been put where they are
    used by the time that a setting overrides them, and a key that is none of
    the Runner's is kept without a word.

    Args:
        cfg: The config, before it is changed.
        cfg_options: The dotted keys of the settings.
        also_read: Keys of the whole config that the tool reads.

    Raises:
        ValueError: If one has no effect; names the keys that may be meant.
    """
    read = {*inspect.signature(Runner).parameters}
    read.update(_READ_BY_RUNNER, _READ_BY_TOOLS, also_read)
    for option in cfg_options:
        if option.split('.')[0] not in read:
            raise ValueError(
                f'--cfg-options {option}=… would change nothing: '
                f'`{option.split(".")[0]}` is read by nobody once the config '
                f'is loaded{_advice(option, cfg, read)}'
            )


def _advice(option: str, cfg: Config, read: set[str]) -> str:
    near = _nearest(
        option, [x for x in _keys(cfg.to_dict()) if x.split('.')[0] in read]
    )
    return f'; did you mean {" or ".join(near)}?' if near else ''


def _keys(node: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """All settings below a node by their dotted keys, in its order."""
    if path:
        yield '.'.join(path)
    items: Iterable[tuple] = ()
    if isinstance(node, dict):
        items = node.items()
    elif isinstance(node, (list, tuple)):
        items = enumerate(node)
    for key, value in items:
        yield from _keys(value, (*path, str(key)))


def _nearest(option: str, keys: list[str]) -> list[str]:
    """The keys that end as an option does, at most three, or look like it."""
    parts = option.split('.')
    for count in range(len(parts), 0, -1):
        ending = parts[-count:]
        found = [x for x in keys if x.split('.')[-count:] == ending]
        if found:
            return found[:3]
    return difflib.get_close_matches(option, keys, n=1)
