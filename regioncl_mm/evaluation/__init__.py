from .features import extract_features
from .knn import knn_vote, nearest_neighbours

__all__ = ['extract_features', 'knn_vote', 'nearest_neighbours']
