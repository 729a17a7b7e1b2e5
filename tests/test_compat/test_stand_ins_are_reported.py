"""Results and reports say what a stand-in did."""

from regioncl_mm.compat.served import served
from regioncl_mm.report.remarks import of_data
from regioncl_mm.transfer.provenance import versions


def test_results_have_what_served():
    found = versions()
    assert served().items() <= found.items()
    assert 'ops' in found


def test_reports_name_stand_ins():
    content = dict(
        versions=dict(
            ops='torchvision 0.29.1 stand-in: nms, roi_align',
            keypoints='pycocotools 2.0.11 stand-in',
        )
    )
    assert [tuple(remark) for remark in of_data(content)] == [
        ('', 'ops by torchvision stand-in: nms, roi_align'),
        ('', 'keypoints by pycocotools stand-in'),
    ]
    # Of the packages themselves, of older results, and where none served.
    for given in (
        dict(ops='compiled mmcv 2.1.0', keypoints='xtcocotools 1.14.3'),
        dict(ops='none'),
        {},
        None,
    ):
        assert of_data(dict(versions=given)) == []
