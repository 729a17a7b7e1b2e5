"""What a results.json keeps, whatever the libraries give it."""

import sys

import pytest
import torch
from mmengine.logging import MMLogger

from regioncl_mm.transfer import provenance
from regioncl_mm.transfer.results import describe_metrics, to_json_numbers


def test_what_is_no_single_number_is_left_out_and_named(monkeypatch):
    said = []
    logger = MMLogger.get_current_instance()
    monkeypatch.setattr(logger, 'log', lambda level, text: said.append(text))
    found = to_json_numbers(
        {
            'a': 1,
            'matrix': torch.zeros(3, 3),
            'classes': [1.0, 2.0],
            'b': torch.tensor(0.5),
            'nothing': float('nan'),
        }
    )
    assert found == {'a': 1.0, 'b': 0.5, 'nothing': None}
    assert said == [
        'no single numbers, and not in the results: matrix, classes'
    ]


def test_metrics_are_described_without_those_before():
    assert describe_metrics(dict(metrics={'a': 1.0})) == '  a  1'


def test_a_library_that_cannot_be_imported_has_no_version(
    tmp_path, monkeypatch
):
    """mmdet raises AssertionError where mmcv is too new for it."""
    (tmp_path / 'too_old.py').write_text("assert False, 'incompatible'")
    (tmp_path / 'nameless.py').write_text('')
    monkeypatch.setattr(sys, 'path', [str(tmp_path), *sys.path])
    libraries = ('mmengine', 'too_old', 'nameless', 'not_there')
    monkeypatch.setattr(provenance, 'LIBRARIES', libraries)
    found = provenance.versions()
    assert 'mmengine' in found and not {*libraries[1:]} & {*found}
    with pytest.raises(AssertionError):
        __import__('too_old')
