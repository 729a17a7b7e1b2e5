"""What is a result, and which counts."""

import json

import pytest
from results_files import KNN, POSE, changed, content, write

from regioncl_mm.report.results import find_results


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(metrics=None), 'its metrics is None'),
        (dict(metrics={}), 'its metrics are empty'),
        (dict(metrics={'coco/AP': '0.7'}), "metrics has coco/AP = '0.7'"),
        (dict(metrics={'coco/AP': float('nan')}), 'has coco/AP = nan'),
        (dict(metrics_before={'coco/AP': [1]}), r'has coco/AP = \[1\]'),
        (dict(cfg_options='a=1'), "its cfg_options is 'a=1'"),
        (dict(name=3), 'its name is 3'),
        (dict(seed=None), 'its seed is None'),
        (dict(method=['a']), r"its method is \['a'\]"),
        (dict(init='foo'), "its init is 'foo'"),
        (dict(checkpoint='a.pth'), "its checkpoint is 'a.pth'"),
        (dict(checkpoint=None), 'its checkpoint has no sha256'),
        (dict(verified={'total': 2}), 'verified has no complete, loaded'),
        (dict(trained=False), 'its training is not finished'),
    ],
)
def test_what_is_no_result_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        changed(content(POSE, {'coco/AP': 0.7}), **changes)


def test_results_are_found_once(tmp_path):
    (tmp_path / 'a').mkdir()
    file = tmp_path / 'a' / 'results.json'
    file.write_text(json.dumps(content(POSE, {'coco/AP': 0.7})))
    results, warnings = find_results([tmp_path, tmp_path / 'a', file])
    assert len(results) == 1 and not warnings


def test_of_a_repeated_run_the_last_one_counts(tmp_path):
    """It is the last by the time it finished, not by its folder's name."""
    for folder, score, day in (('a', 0.7, 3), ('b', 0.6, 1), ('c', 0.5, 2)):
        result = content(
            POSE,
            {'coco/AP': score},
            finished=f'2026-11-0{day}T07:00:00+00:00',
        )
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / 'results.json'
        file.write_text(json.dumps(result))
    results, warnings = find_results([tmp_path])
    assert [result.metrics for result in results] == [{'coco/AP': 0.7}]
    assert len(warnings) == 2
    kept = tmp_path / 'a' / 'results.json'
    for folder, warning in zip('cb', warnings):
        assert warning == (
            f'{tmp_path / folder / "results.json"} was left out: it is a run '
            f'of seed 0 as is {kept}, which finished last and counts'
        )


def test_other_neighbours_are_other_numbers(tmp_path):
    """Each k counts once: from the evaluation that was the last to have it."""
    write(
        tmp_path,
        {
            folder: content(
                KNN,
                metrics,
                knn=dict(vote='weighted', temperature=0.07),
                finished=f'2026-11-0{day}T07:00:00+00:00',
            )
            for day, folder, metrics in (
                (1, 'a', {'knn20': 54.0, 'knn100': 52.0}),
                (2, 'b', {'knn20': 55.0}),
                (3, 'c', {'knn200': 50.0}),
            )
        },
    )
    results, warnings = find_results([tmp_path])
    assert [result.metrics for result in results] == [
        *({'knn200': 50.0}, {'knn20': 55.0}, {'knn100': 52.0})
    ]
    assert warnings == [
        f'knn20 of {tmp_path / "a" / "results.json"} was left out: it is a '
        f'run of seed 0 as is {tmp_path / "b" / "results.json"}, which '
        'finished last and counts'
    ]
