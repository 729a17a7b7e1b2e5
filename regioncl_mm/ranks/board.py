"""A board that all processes of a run can write on and read."""

from __future__ import annotations

import os
import socket
import uuid
from datetime import timedelta

from mmengine.dist import all_gather_object, get_dist_info
from torch.distributed import PrefixStore, Store, TCPStore

from ..utils.processes import from_main_process

TIMEOUT = timedelta(seconds=20)


class Board:
    """Texts by their keys, the same for all ranks.

    Nobody waits for anybody, so threads may use it beside a collective.

    Args:
        store: Holds the texts.
        rank: This process's.
        world_size: How many processes there are.
    """

    def __init__(self, store: Store, rank: int, world_size: int) -> None:
        self.store = store
        self.rank = rank
        self.world_size = world_size

    def write(self, key: str, text: str) -> None:
        """Write this rank's text under a key that each rank has."""
        self.store.set(f'{key}/{self.rank}', text)

    def read(self, key: str) -> list[str | None]:
        """The texts of all ranks, in their order; None where there is none."""
        return [self.find(f'{key}/{i}') for i in range(self.world_size)]

    def write_once(self, key: str, text: str) -> None:
        """Write a text for all ranks, unless one has done so."""
        self.store.compare_set(key, '', text)

    def find(self, key: str) -> str | None:
        """The text under a whole key; None if there is none."""
        # One that is not there is written empty; `get` would wait for it.
        return self.store.compare_set(key, '', '').decode() or None


def open_board() -> Board | None:
    """Open a board for all processes, which all have to call it.

    torchrun's own store holds it where there is one, and else a store of the
    first process.

    Returns:
        The board. ``None`` if there is only one process, or in all of them if
        one cannot reach the store.
    """
    rank, world_size = get_dist_info()
    if world_size == 1:
        return None
    served = os.environ.get('TORCHELASTIC_USE_AGENT_STORE') == 'True'
    host = os.environ.get('MASTER_ADDR') or socket.gethostname()
    port = int(os.environ['MASTER_PORT']) if served else 0
    store = None
    if rank == 0 and not served:
        store = TCPStore(host, port, None, True, TIMEOUT, False)
        port = store.port
    # Another run in the same processes has another board.
    host, port, name = from_main_process(
        lambda: (host, port, uuid.uuid4().hex)
    )
    if store is None:
        try:
            store = TCPStore(host, port, None, False, TIMEOUT, False)
        except RuntimeError:  # no connection
            pass
    reached: list[bool] = all_gather_object(store is not None)
    if store is None or not all(reached):
        return None
    return Board(PrefixStore(name, store), rank, world_size)
