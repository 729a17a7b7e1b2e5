"""What the processes of one run tell each other while they compute.

A process that computes, or waits in a collective, cannot be asked anything.
A thread of each one therefore writes on a board that all can read.
"""

from .board import Board, open_board
from .stop import StopAgreement
from .ticker import Ticker
from .verdict import Standing, find_late
from .watch import RankWatch, innermost

__all__ = [
    'Board',
    'RankWatch',
    'Standing',
    'StopAgreement',
    'Ticker',
    'find_late',
    'innermost',
    'open_board',
]
