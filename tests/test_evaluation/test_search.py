"""Neighbours in a memory that is read chunk by chunk."""

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from regioncl_mm.evaluation import knn


@pytest.fixture
def data(tmp_path):
    """Queries, and a memory mapped from a file, of any length."""
    torch.manual_seed(0)
    queries = normalize(torch.randn(11, 6))
    memory = (3 * torch.randn(50, 6)).numpy()
    np.save(tmp_path / 'memory.npy', memory)
    return queries, np.load(tmp_path / 'memory.npy', mmap_mode='r')


def written_out(queries, memory, k):
    """Row numbers: all cosines, sorted."""
    found = []
    for query in queries.double().numpy():
        cosines = [
            (float(query @ row / np.linalg.norm(row)), i)
            for i, row in enumerate(memory.astype(np.float64))
        ]
        found.append([i for _, i in sorted(cosines, reverse=True)[:k]])
    return found


@pytest.mark.parametrize('rows', [1, 7, 50, 1000])
@pytest.mark.parametrize('k', [1, 8, 50])
def test_any_chunks_give_the_neighbours(data, rows, k, monkeypatch):
    queries, memory = data
    monkeypatch.setattr(knn, '_CHUNK_ELEMENTS', rows * len(queries))
    similarities, index = knn.search(queries, memory, k)
    assert index.tolist() == written_out(queries, memory, k)
    assert (similarities.diff(dim=1) <= 0).all()
    rows = normalize(torch.from_numpy(np.array(memory)))
    torch.testing.assert_close(
        similarities, (queries @ rows.t()).gather(1, index)
    )


@pytest.mark.parametrize(
    'elements, rows',
    [
        (11 * 8, 3),  # 8 rows' similarities, but 3 rows' values are a quarter
        (11 * 2, 1),
        (10**6, 50),
    ],
)
def test_the_memory_is_read_once(data, elements, rows, monkeypatch):
    queries, memory = data
    monkeypatch.setattr(knn, '_CHUNK_ELEMENTS', elements)
    seen = [start for start, _ in knn.chunks(memory, len(queries), 'cpu')]
    assert seen == list(range(0, 50, rows))


def test_faiss_finds_the_same(data, monkeypatch):
    pytest.importorskip('faiss')
    queries, memory = data
    monkeypatch.setattr(knn, '_CHUNK_ELEMENTS', 9 * len(queries))
    ours, theirs = (
        knn.search(queries, memory, 8, backend)
        for backend in ('torch', 'faiss')
    )
    assert ours[1].tolist() == theirs[1].tolist()
    torch.testing.assert_close(ours[0], theirs[0])
