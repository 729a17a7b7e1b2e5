"""Less said while configs are only looked at."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import Iterator


@contextmanager
def logging_silenced() -> Iterator[None]:
    """Within it nothing below a warning is logged.

    mmengine tells of every environment variable that a config reads.
    """
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
