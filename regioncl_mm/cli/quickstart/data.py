"""The data that the quickstart's trainings read."""

from __future__ import annotations

import os
from pathlib import Path

from ...datasets.fashion_mnist import fetch_fashion_mnist

FOLDER = Path('data', 'fashion-mnist')


def provide_data() -> None:
    """Find Fashion-MNIST, or fetch it into ``data/fashion-mnist``.

    The environment variable DATA_ROOT names a copy at hand; afterwards it
    names the folder that the programs started from here read.

    Raises:
        ValueError: If the images are nowhere to be had.
    """
    folder = fetch_fashion_mnist(FOLDER, os.environ.get('DATA_ROOT'))
    os.environ['DATA_ROOT'] = str(folder.resolve())
