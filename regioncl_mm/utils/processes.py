"""What all processes of a run have to agree on before a Runner is built."""

from __future__ import annotations

from typing import Any, Callable

from mmengine.config import Config
from mmengine.dist import (
    broadcast_object_list,
    init_dist,
    is_distributed,
    is_main_process,
)
from mmengine.utils.dl_utils import set_multi_processing


def init_processes(cfg: Config) -> None:
    """Connect the launcher's processes, as the Runner does later."""
    if cfg.launcher == 'none' or is_distributed():
        return
    env_cfg = cfg.get('env_cfg', {})
    set_multi_processing(**env_cfg.get('mp_cfg', {}), distributed=True)
    init_dist(cfg.launcher, **env_cfg.get('dist_cfg', {}))


def from_main_process(function: Callable[[], Any]) -> Any:
    """Call a function in the first process, for its result in all of them.

    Raises:
        Exception: The function's, in all processes: none waits for one that
            has stopped.
    """
    outcome: list[Any] = [None, None]
    if is_main_process():
        try:
            outcome[0] = function()
        except Exception as error:
            outcome[1] = error
    broadcast_object_list(outcome)
    result, raised = outcome
    if raised is not None:
        raise raised
    return result
