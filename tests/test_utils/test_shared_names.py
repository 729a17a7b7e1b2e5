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
