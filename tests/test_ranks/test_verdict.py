"""Who is blamed when a run of several processes stands still."""

from regioncl_mm.ranks import Standing, find_late

WAITS = 'torch/autograd/graph.py:9 _engine_run_backward < a.py:1 step'
WORKS = 'mine/data/read.py:7 read < a.py:1 step'


def rank(number, moves=11, where=WORKS, in_steps=True, **seconds):
    times = dict(moved=100.0, changed=100.0, heard=1.0)
    return Standing(
        f'rank {number}', moves, in_steps, where, **{**times, **seconds}
    )


def test_nobody_is_blamed_while_one_gets_on():
    ranks = [rank(0, moved=1, changed=1), rank(1)]
    assert find_late(ranks, 50) is None
    assert find_late([rank(0), rank(1)], 150) is None


def test_the_one_behind_is_blamed():
    said = find_late([rank(0, 11, WAITS), rank(1, 10)], 50)
    assert said == (
        f'rank 1 has not begun step 6, at {WORKS}, for 100 s, and the others '
        'wait'
    )


def test_of_those_in_one_step_the_one_that_does_not_wait_is_blamed():
    said = find_late([rank(0, where=WAITS), rank(1), rank(2, where=WAITS)], 50)
    assert said.startswith(f'rank 1 is in step 6, at {WORKS}, for 100 s')
    assert 'rank 0' not in said and 'rank 2' not in said


def test_all_are_named_where_nobody_can_be_told():
    for where in (WAITS, WORKS):
        said = find_late([rank(0, where=where), rank(1, where=where)], 50)
        assert 'rank 0 is in step 6' in said and 'rank 1 is in step' in said


def test_one_that_says_nothing_is_blamed_whatever_it_does():
    ranks = [rank(0, moved=1, changed=1), rank(1, in_steps=False, heard=60)]
    assert find_late(ranks, 50) == (
        f'rank 1 is in step 6, at {WORKS}, and has said nothing for 60 s '
        '(its process is stopped or dead, or its machine is)'
    )


def test_what_is_no_step_may_take_longer():
    def ranks(seconds):
        return [rank(0, in_steps=False, moved=seconds), rank(1, where=WAITS)]

    assert find_late(ranks(999), 50) is None
    said = find_late(
        [rank(0, 9, in_steps=False, moved=1001), rank(1, moved=1001)], 50
    )
    assert said.startswith('rank 0 ')


def test_a_step_that_gets_on_may_take_longer():
    """As one whose model is compiled: its calls change."""
    busy = dict(changed=2)
    assert find_late([rank(0, where=WAITS), rank(1, **busy)], 50) is None
    ranks = [rank(0, where=WAITS, moved=1001), rank(1, moved=1001, **busy)]
    assert find_late(ranks, 50).startswith('rank 1 is in step 6')
