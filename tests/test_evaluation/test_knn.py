import math

import pytest
import torch
from torch.nn.functional import normalize

from regioncl_mm.evaluation import knn, knn_vote, nearest_neighbours


def written_out(query, memory, labels, k, num_classes, temperature=None):
    """One query's class: sorted neighbours, votes summed by class."""
    similarities = [
        sum(a * b for a, b in zip(query.tolist(), m.tolist())) for m in memory
    ]
    order = sorted(range(len(memory)), key=lambda i: -similarities[i])[:k]
    votes = [0.0] * num_classes
    for i in order:
        votes[int(labels[i])] += (
            1
            if temperature is None
            else math.exp(similarities[i] / temperature)
        )
    best = max(votes)
    tied = [c for c in range(num_classes) if votes[c] == best]
    if len(tied) == 1:
        return tied[0]
    return next(int(labels[i]) for i in order if int(labels[i]) in tied)


@pytest.fixture
def data():
    torch.manual_seed(0)
    queries = normalize(torch.randn(40, 5, dtype=torch.float64))
    memory = normalize(torch.randn(60, 5, dtype=torch.float64))
    return queries, memory, torch.randint(4, (60,))


@pytest.mark.parametrize('k', [1, 4, 7, 60])
@pytest.mark.parametrize('temperature', [None, 0.07])
def test_equals_the_vote_written_out(data, k, temperature):
    queries, memory, labels = data
    similarities, neighbours = nearest_neighbours(*data, k)
    predicted = knn_vote(
        similarities,
        neighbours,
        4,
        temperature or 1.0,
        weighted=temperature is not None,
    )
    expected = [
        written_out(q, memory, labels, k, 4, temperature) for q in queries
    ]
    assert predicted.tolist() == expected


def test_chunks_change_nothing(data, monkeypatch):
    whole = nearest_neighbours(*data, 7)
    monkeypatch.setattr(knn, '_CHUNK_ELEMENTS', 3 * 60)
    for a, b in zip(nearest_neighbours(*data, 7), whole):
        torch.testing.assert_close(a, b)


def test_a_weighted_vote_can_overrule_a_majority():
    similarities = torch.tensor([[0.9, 0.5, 0.5]])
    labels = torch.tensor([[1, 0, 0]])
    assert knn_vote(similarities, labels, 2).item() == 1
    assert knn_vote(similarities, labels, 2, weighted=False).item() == 0


def test_cold_temperatures_do_not_overflow():
    similarities, labels = torch.tensor([[1.0, 0.99]]), torch.tensor([[1, 0]])
    assert knn_vote(similarities, labels, 2, temperature=1e-3).item() == 1


def test_more_neighbours_than_memory_are_refused(data):
    with pytest.raises(ValueError, match='61 neighbours .* only 60 features'):
        nearest_neighbours(*data, 61)
