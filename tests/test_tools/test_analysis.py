"""The map of features, and similarities of cells."""

import csv
import sys

import embed
import numpy as np
import pytest
import similarity
import torch
from conftest import REPO
from pretrained import save_pretrained
from tool_calls import call

from regioncl_mm.analysis.embed import PACKAGES, choose, lay_out
from regioncl_mm.analysis.similarity import similarities

CONFIG = (
    REPO / 'configs' / 'quickstart' / 'evaluation' / 'resnet18-tiny_1xb500-knn'
    '_fashion-mnist.py'
)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    return save_pretrained(tmp_path_factory.mktemp('m') / 'resnet18.pth')


@pytest.fixture
def data(fashion_mnist_root, tmp_path, monkeypatch):
    """An empty folder to run in, and 32 test images."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('DATA_ROOT', str(fashion_mnist_root))


def test_cosines_are_those_written_out():
    torch.manual_seed(0)
    features = torch.randn(3, 2, 4, dtype=torch.float64)
    found = similarities(features, 1, 2)
    chosen = features[:, 1, 2]
    for y in range(2):
        for x in range(4):
            cell = features[:, y, x]
            dot = sum(a * b for a, b in zip(cell.tolist(), chosen.tolist()))
            expected = dot / (cell.norm() * chosen.norm()).item()
            assert found[y, x].item() == pytest.approx(expected)
    assert found[1, 2].item() == pytest.approx(1)
    with pytest.raises(ValueError, match='no cell 2 0 in a map of 2 x 4'):
        similarities(features, 2, 0)


def test_images_are_of_few_classes_and_drawn_by_the_seed():
    labels = np.arange(600) % 30
    rows = choose(labels, 4, 50, seed=0)
    assert len(rows) == 50 and len(set(labels[rows])) == 4
    assert rows.tolist() == sorted(set(rows))
    assert (rows == choose(labels, 4, 50, seed=0)).all()
    assert (rows != choose(labels, 4, 50, seed=1)).any()
    assert len(choose(labels, 30, 1000, seed=0)) == 600


def test_similarity_draws(checkpoint, data, tmp_path):
    arguments = (CONFIG, '3', checkpoint, checkpoint, '--cell', '1', '2')
    out = call(similarity.main, *arguments)
    assert out.count('verified 96/96') == 2
    assert 'with cell 1 2: similarity.png' in out
    png = (tmp_path / 'similarity.png').read_bytes()
    assert png.startswith(b'\x89PNG')


def test_similarity_of_a_file(imagenet, monkeypatch):
    """The image is read before anything is built that sets the scope."""
    monkeypatch.chdir(imagenet)
    config = REPO / 'configs' / 'imagenet' / 'resnet50_8xb256-knn_in1k.py'
    image = 'data/imagenet/val/n01/0.JPEG'
    given = (config, image, 'random', 'random', '--out', 'to/a.png')
    out = call(similarity.main, *given)
    assert 'with cell 3 3: to/a.png' in out
    png = (imagenet / 'to' / 'a.png').read_bytes()
    assert png.startswith(b'\x89PNG')


@pytest.mark.parametrize(
    'arguments, words',
    [
        (('3', '--cell', '7', '0'), 'there is no cell 7 0 in a map of 7 x 7'),
        (('99',), 'there is no image 99, the config has 32'),
        (('a.jpg',), "the config's images are no files"),
    ],
)
def test_similarity_explains_mistakes(arguments, words, checkpoint, data):
    image, *options = arguments
    given = (CONFIG, image, checkpoint, checkpoint, *options)
    out = call(similarity.main, *given, ok=False)
    assert words in out and 'Traceback' not in out


def test_embed_draws(checkpoint, data, tmp_path):
    pytest.importorskip('sklearn')
    given = (CONFIG, checkpoint, '--out', 'to/map.png')
    out = call(embed.main, *given)
    assert 'verified 96/96' in out and 'wrote to/map.png and to/map.csv' in out
    with (tmp_path / 'to' / 'map.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row['label']) for row in rows] == [i % 10 for i in range(32)]
    points = np.array([[float(row['x']), float(row['y'])] for row in rows])
    assert np.isfinite(points).all() and len(np.unique(points, axis=0)) > 20
    assert (tmp_path / 'to' / 'map.png').read_bytes().startswith(b'\x89PNG')


def test_the_command_offers_every_algorithm():
    for name in PACKAGES:
        assert embed.parse_args(['a', 'b', '--algorithm', name])
    with pytest.raises(SystemExit):
        embed.parse_args(['a', 'b', '--algorithm', 'pca'])


def test_embed_says_what_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, 'umap', None)
    with pytest.raises(ValueError, match='`pip install umap-learn`'):
        lay_out(np.eye(8), 'umap', 0)


def test_groups_that_lie_apart_stay_apart():
    pytest.importorskip('sklearn')
    rng = np.random.default_rng(0)
    centres = np.eye(3)[np.arange(60) % 3]
    points = lay_out(centres + 0.01 * rng.normal(size=(60, 3)), 'tsne', 0)
    means = np.array([points[i::3].mean(0) for i in range(3)])
    distance = np.linalg.norm(points[:, None] - means, axis=2).argmin(1)
    assert (distance == np.arange(60) % 3).all()
