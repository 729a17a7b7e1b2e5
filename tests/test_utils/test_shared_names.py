import copy

from regioncl_mm.utils.shared_names import SharedNames


def test_names_are_kept_once_and_counted_always():
    names = SharedNames()
    assert names.add('b') and names.add('a')
    assert not names.add('b')
    assert names.add('c', counts=False)
    assert names.names() == ['b', 'a', 'c']
    assert names.count == 3


def test_those_that_do_not_fit_are_counted():
    names = SharedNames(size=6)
    assert names.add('abcde')
    assert not names.add('f')
    assert names.names() == ['abcde'] and names.count == 2


def test_a_copy_is_the_same_set():
    """As of the transforms of a data set of which a part is taken."""
    names = SharedNames()
    assert copy.deepcopy(dict(names=names))['names'].add('a')
    assert names.names() == ['a']
