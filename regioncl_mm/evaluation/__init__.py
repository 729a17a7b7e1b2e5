"""Frozen features of a backbone, and what classifies them."""

from .features import extract_features
from .knn import nearest_neighbours
from .vote import knn_vote

__all__ = ['extract_features', 'knn_vote', 'nearest_neighbours']
