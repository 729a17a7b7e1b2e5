from pathlib import Path

from regioncl_mm.utils.places import as_typed, project_root


def test_paths_are_as_short_as_a_user_would_type_them(tmp_path, monkeypatch):
    here = tmp_path / 'here'
    here.mkdir()
    monkeypatch.chdir(here)
    assert as_typed(here / 'a' / 'b.py') == Path('a', 'b.py')
    assert as_typed('a/b.py') == Path('a', 'b.py')
    assert as_typed(tmp_path / 'b.py') == tmp_path / 'b.py'
    assert as_typed('../b.py') == tmp_path / 'b.py'


def test_configs_and_tools_lie_in_one_place():
    assert (project_root() / 'configs' / 'quickstart').is_dir()
    assert (project_root() / 'tools' / 'train.py').is_file()
