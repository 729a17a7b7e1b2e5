"""The model index lists every config, with the paper's figures as such."""

import re
from pathlib import Path

import pytest
from modelindex.load_model_index import load

REPO = Path(__file__).parents[1]
INDEX = load(str(REPO / 'model-index.yml'))
INDEX.build_models_with_collections()

LINEAR = 'Linear Top 1 Accuracy', 'Linear Top 5 Accuracy'
KNN = '20-NN Accuracy', '100-NN Accuracy'
AP = 'Box AP', 'Mask AP'
IN1K, REAL, COCO = 'ImageNet-1k', 'ImageNet-ReaL', 'COCO'

M = 'regioncl-m_resnet50_8xb128-coslr-{}e'
MOCO = 'mocov2_resnet50_8xb128-coslr-{}e'
M_OF_256 = 'regioncl-m_resnet50_8xb32-coslr-200e'
MOCO_OF_256 = 'mocov2_resnet50_8xb32-coslr-200e'
M_STAR = 'regioncl-m-symmetric_resnet50_8xb128-coslr-800e'
MOCO_STAR = 'mocov2-symmetric_resnet50_8xb128-coslr-800e'
W = '{}_resnet50-w{}_8xb128-coslr-200e'
ABLATION = 'regioncl-m-{}_resnet50_8xb128-coslr-100e'
NO_SWAP = 'regioncl-m-no-swap_resnet50_8xb128-coslr-200e'
D = 'regioncl-d_resnet50_8xb128-coslr-200e'
DENSECL = 'densecl_resnet50_8xb128-coslr-200e'
S = 'regioncl-s_resnet50_8xb64-coslr-100e'
SIMSIAM = 'simsiam_resnet50_8xb64-coslr-100e'
M3 = 'regioncl-m3_resnet50_8xb512-amp-coslr-1000e'
MOCO_3 = 'mocov3_resnet50_8xb512-amp-coslr-{}e'
MOBY = 'moby_swin-tiny_8xb64-coslr-{}e'

# The paper's tables as it prints them, one row a config: table, columns, rows.
# A column is a data set and a metric, and None an empty cell.
TOPS = [(IN1K, LINEAR[0]), (IN1K, LINEAR[1]), (REAL, LINEAR[0])]
KNN_AND_AP = [*((IN1K, k) for k in KNN), *((COCO, a) for a in AP)]
TOP_AND_AP = [(IN1K, LINEAR[0]), *((COCO, a) for a in AP)]
TABLES = [
    (
        1,
        TOPS,
        {
            MOCO_3.format(100): (68.9, None, None),
            MOCO.format(200): (67.5, 88.2, 77.8),
            M.format(200): (69.4, 89.6, 78.7),
            DENSECL: (63.6, 85.5, 72.3),
            D: (68.5, 89.0, 78.4),
            SIMSIAM: (68.1, 88.2, 77.8),
            S: (71.3, 90.4, 80.8),
        },
    ),
    (
        2,
        TOPS[:2],
        {
            MOCO.format(800): (71.1, 90.2),
            M.format(800): (73.1, 91.5),
            MOCO_STAR: (72.3, None),
            M_STAR: (73.9, 92.0),
            MOCO_3.format(1000): (74.6, None),
            M3: (75.4, 92.6),
        },
    ),
    (
        8,
        TOPS,
        {
            MOBY.format(100): (70.9, 89.7, 77.5),
            'regioncl-' + MOBY.format(100): (73.9, 91.8, 81.2),
            MOBY.format(300): (75.3, 92.2, 82.4),
            'regioncl-' + MOBY.format(300): (77.0, 93.1, 83.9),
        },
    ),
    (
        9,
        KNN_AND_AP,
        {
            MOCO.format(100): (49.3, 47.3, 26.3, 24.0),
            ABLATION.format('cells-1-5'): (51.8, 49.8, 27.3, 24.9),
            ABLATION.format('cells-2-5'): (53.0, 51.2, 27.9, 25.5),
            M.format(100): (54.7, 52.7, 28.0, 25.6),
            ABLATION.format('cells-4-5'): (53.9, 51.8, 27.9, 25.5),
            ABLATION.format('cells-3-4'): (55.1, 52.8, 27.8, 25.5),
            ABLATION.format('cells-3-6'): (54.3, 52.5, 27.8, 25.5),
        },
    ),
    (
        10,
        KNN_AND_AP,
        {
            MOCO.format(100): (49.3, 47.3, 26.3, 24.0),
            ABLATION.format('canvas-only'): (51.8, 50.0, 26.9, 24.7),
            ABLATION.format('paste-only'): (50.0, 50.2, 27.0, 24.7),
            ABLATION.format('no-intra-negative'): (54.6, 52.4, 27.8, 25.5),
            M.format(100): (54.7, 52.7, 28.0, 25.6),
        },
    ),
    (
        11,
        [*TOP_AND_AP, (IN1K, 'Fine-tuned Top 1 Accuracy')],
        {
            MOCO.format(200): (67.5, 40.9, 37.0, None),
            MOCO.format(400): (69.6, 41.3, 37.5, None),
            MOCO.format(800): (71.1, 41.5, 37.6, None),
            M.format(200): (69.4, 41.6, 37.7, 76.8),
            M.format(400): (72.1, 41.9, 38.0, 77.8),
            M.format(800): (73.1, 42.1, 38.2, 78.1),
        },
    ),
    (
        12,
        [*TOP_AND_AP, (IN1K, 'Fine-tuned Top 1 Accuracy')],
        {
            MOCO.format(200): (67.5, 40.9, 37.0, None),
            W.format('mocov2', 2): (72.0, 43.2, 38.7, None),
            W.format('mocov2', 4): (74.1, 43.9, 39.4, None),
            M.format(200): (69.4, 41.6, 37.7, 76.8),
            W.format('regioncl-m', 2): (75.2, 43.8, 39.3, 79.7),
            W.format('regioncl-m', 4): (76.2, 44.5, 39.7, 80.4),
        },
    ),
    (
        14,
        TOP_AND_AP[:2],
        {
            MOCO.format(200): (67.5, 40.9),
            NO_SWAP: (69.2, 41.4),
            M.format(200): (69.4, 41.6),
        },
    ),
    (
        15,
        [*TOPS[:2], *((COCO, a) for a in AP)],
        {
            MOCO_OF_256: (67.5, None, 40.9, 37.0),
            MOCO.format(200): (67.5, 88.2, 41.0, 37.2),
            M_OF_256: (70.0, 90.0, 41.6, 37.8),
            M.format(200): (69.4, 89.6, 41.6, 37.7),
        },
    ),
]


def results():
    """Model and result, of every result in the index."""
    return [(m, r) for m in INDEX.models for r in m.results or []]


def test_modelindex_finds_no_fault():
    assert INDEX.check(silent=True) == []


def test_every_config_is_listed_once():
    listed = sorted(model.config for model in INDEX.models)
    assert listed == sorted(
        path.relative_to(REPO).as_posix()
        for path in (REPO / 'configs' / 'regioncl').rglob('*.py')
    )


def test_every_metafile_is_imported():
    imported = {Path(model.filepath).resolve() for model in INDEX.models}
    assert imported == set((REPO / 'configs').rglob('metafile*.yml'))


@pytest.mark.parametrize('model', INDEX.models, ids=lambda model: model.name)
def test_a_model_is_what_its_config_is_named(model):
    assert model.name == Path(model.config).stem
    gpus, batch, epochs = re.search(
        r'_(\d+)xb(\d+)(?:-amp|-fast)?-coslr-(\d+)e_', model.name
    ).groups()
    assert model.metadata.epochs == int(epochs)
    assert model.metadata.batch_size == int(gpus) * int(batch)
    assert model.weights is None


@pytest.mark.parametrize('model', INDEX.models, ids=lambda model: model.name)
def test_a_model_is_in_the_collection_of_its_method(model):
    method = model.name.split('_')[0].lower()
    collection = model.in_collection.lower()
    assert method == collection or method.startswith(f'{collection}-')
    assert model.full_model.paper['URL'].startswith('https://arxiv.org/abs/')


def test_every_result_says_that_it_is_the_papers():
    """In the task, and in the metrics: ``mim search`` shows only those."""
    for model, result in results():
        assert re.search(r'\(paper, Tables? \d', result.task), model.name
        for metric in result.metrics:
            assert metric.endswith(' (paper)'), model.name


def test_results_are_those_of_the_tables_and_no_others():
    written = {
        (int(table), model.name, result.dataset, metric, value)
        for model, result in results()
        for table in re.findall(
            r'\d+', re.search(r'Tables? ([\d, and]+)', result.task)[1]
        )
        for metric, value in result.metrics.items()
    }
    assert written == {
        (table, f'{name}_in1k', dataset, f'{metric} (paper)', value)
        for table, columns, rows in TABLES
        for name, row in rows.items()
        for (dataset, metric), value in zip(columns, row)
        if value is not None
    }


def test_every_row_of_a_table_is_as_wide_as_the_table():
    for table, columns, rows in TABLES:
        assert {len(row) for row in rows.values()} == {len(columns)}, table
