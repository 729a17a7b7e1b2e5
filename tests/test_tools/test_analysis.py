"""The map of features, and similarities of cells."""

import csv
import sys

import numpy as np
import pytest
import torch
from conftest import REPO
from test_tools.test_imagenet_evaluation import (  # noqa: F401
    TWINS,
    checkpoints,
    data,
)
from test_tools.test_train import run

ANALYSIS = REPO / 'tools' / 'analysis'
import embed  # noqa: E402
import similarity  # noqa: E402

CONFIG = TWINS / 'resnet18-tiny_1xb500-knn_fashion-mnist.py'


def tool(name, *arguments, tmp_path, **kwargs):
    return run(
        *(sys.executable, ANALYSIS / name),
        *arguments,
        cwd=tmp_path,
        **kwargs,
    )


def test_cosines_are_those_written_out():
    torch.manual_seed(0)
    features = torch.randn(3, 2, 4, dtype=torch.float64)
    found = similarity.similarities(features, 1, 2)
    chosen = features[:, 1, 2]
    for y in range(2):
        for x in range(4):
            cell = features[:, y, x]
            dot = sum(a * b for a, b in zip(cell.tolist(), chosen.tolist()))
            expected = dot / (cell.norm() * chosen.norm()).item()
            assert found[y, x].item() == pytest.approx(expected)
    assert found[1, 2].item() == pytest.approx(1)
    with pytest.raises(ValueError, match='no cell 2 0 in a map of 2 x 4'):
        similarity.similarities(features, 2, 0)


def test_images_are_of_few_classes_and_drawn_by_the_seed():
    labels = np.arange(600) % 30
    rows = embed.choose(labels, 4, 50, seed=0)
    assert len(rows) == 50 and len(set(labels[rows])) == 4
    assert rows.tolist() == sorted(set(rows))
    assert (rows == embed.choose(labels, 4, 50, seed=0)).all()
    assert (rows != embed.choose(labels, 4, 50, seed=1)).any()
    assert len(embed.choose(labels, 30, 1000, seed=0)) == 600


def test_similarity_draws(checkpoints, data, tmp_path):  # noqa: F811
    path = checkpoints['resnet18']
    arguments = (CONFIG, '3', path, path, '--cell', '1', '2')
    out = tool('similarity.py', *arguments, tmp_path=tmp_path, **data)
    assert out.count('verified 96/96') == 2
    assert 'with cell 1 2: similarity.png' in out
    png = (tmp_path / 'similarity.png').read_bytes()
    assert png.startswith(b'\x89PNG')


@pytest.mark.parametrize(
    'arguments, words',
    [
        (('3', '--cell', '7', '0'), 'there is no cell 7 0 in a map of 7 x 7'),
        (('99',), 'there is no image 99, the config has 32'),
        (('a.jpg',), "the config's images are no files"),
    ],
)
def test_similarity_explains_mistakes(
    arguments,
    words,
    checkpoints,  # noqa: F811
    data,  # noqa: F811
    tmp_path,
):
    image, *options = arguments
    path = checkpoints['resnet18']
    given = (CONFIG, image, path, path, *options)
    out = tool('similarity.py', *given, ok=False, tmp_path=tmp_path, **data)
    assert words in out and 'Traceback' not in out


def test_embed_draws(checkpoints, data, tmp_path):  # noqa: F811
    pytest.importorskip('sklearn')
    given = (CONFIG, checkpoints['resnet18'], '--out', 'to/map.png')
    out = tool('embed.py', *given, tmp_path=tmp_path, **data)
    assert 'verified 96/96' in out and 'wrote to/map.png and to/map.csv' in out
    with (tmp_path / 'to' / 'map.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row['label']) for row in rows] == [i % 10 for i in range(32)]
    points = np.array([[float(row['x']), float(row['y'])] for row in rows])
    assert np.isfinite(points).all() and len(np.unique(points, axis=0)) > 20
    assert (tmp_path / 'to' / 'map.png').read_bytes().startswith(b'\x89PNG')


def test_embed_says_what_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, 'umap', None)
    with pytest.raises(ValueError, match='`pip install umap-learn`'):
        embed.lay_out(np.eye(8), 'umap', 0)


def test_groups_that_lie_apart_stay_apart():
    pytest.importorskip('sklearn')
    rng = np.random.default_rng(0)
    centres = np.eye(3)[np.arange(60) % 3]
    points = embed.lay_out(
        centres + 0.01 * rng.normal(size=(60, 3)), 'tsne', 0
    )
    means = np.array([points[i::3].mean(0) for i in range(3)])
    distance = np.linalg.norm(points[:, None] - means, axis=2).argmin(1)
    assert (distance == np.arange(60) % 3).all()
