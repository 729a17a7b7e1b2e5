"""The same place in runs of other conditions, counted by hand."""

import pytest

from regioncl_mm.resume import Place, same_place
from regioncl_mm.resume.translate import place_of

# Ninety-six images: six steps of two processes.
SAVED = dict(batch_size=8, processes=2, steps_per_epoch=6, images=96)


@pytest.mark.parametrize(
    'changes, place, expected',
    [
        ({}, (2, 3, 15), (2, 3, 15)),
        # Of forty-eight images in the third epoch, sixteen a step.
        (dict(batch_size=4, steps_per_epoch=12), (2, 3, 15), (2, 6, 30)),
        (dict(processes=1, steps_per_epoch=12), (2, 3, 15), (2, 6, 30)),
        (dict(processes=8, steps_per_epoch=2), (2, 4, 16), (2, 1, 5)),
        # Eighteen go into forty-eight twice: twelve are seen again.
        (
            dict(batch_size=9, steps_per_epoch=6),
            (2, 3, 15),
            (2, 2, 14),
        ),
        # Nothing of the epoch is left, but for its end.
        (dict(batch_size=7, steps_per_epoch=7), (0, 6, 6), (0, 7, 7)),
        (dict(batch_size=4, steps_per_epoch=12), (3, 0, 18), (3, 0, 36)),
        # Other images: half of an epoch.
        (dict(images=64, steps_per_epoch=4), (1, 3, 9), (1, 2, 6)),
    ],
)
def test_a_place_in_epochs(changes, place, expected):
    now = {**SAVED, **changes}
    found = same_place(Place(*place), SAVED, now, by_epoch=True)
    assert found == expected


def test_a_place_in_iterations_stays():
    now = dict(SAVED, batch_size=4, steps_per_epoch=12)
    place = Place(0, 7, 7)
    assert same_place(place, SAVED, now, by_epoch=False) == place


@pytest.mark.parametrize(
    'meta, by_epoch, expected',
    [
        (dict(epoch=2, iter=15), True, (2, 3, 15)),
        # Its last step has been made, and the epoch not been ended.
        (dict(epoch=0, iter=6), True, (0, 6, 6)),
        # It counted iterations.
        (dict(epoch=0, iter=15), True, (2, 3, 15)),
        (dict(epoch=0, iter=18), True, (3, 0, 18)),
        (dict(epoch=0, iter=15), False, (0, 15, 15)),
    ],
)
def test_where_a_checkpoint_is(meta, by_epoch, expected):
    assert place_of(meta, SAVED, by_epoch) == expected
