"""The key that `make run` keeps: made once, whole, for its owner alone."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from orgdash.secret_key import kept_key


def test_a_key_is_made_once_whole_and_for_its_owner_alone(tmp_path):
    with ThreadPoolExecutor() as pool:
        keys = set(pool.map(kept_key, [tmp_path / "data"] * 8))
    path = tmp_path / "data" / "secret_key"
    assert keys == {path.read_text()}
    assert len(path.read_text()) >= 32
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_key_is_named_and_replaced(tmp_path, capsys, content):
    (tmp_path / "secret_key").write_text(content)
    key = kept_key(tmp_path)
    assert len(key) >= 32
    assert f"{tmp_path / 'secret_key'} was empty" in capsys.readouterr().err
    assert kept_key(tmp_path) == key
    assert capsys.readouterr().err == ""


def test_a_key_that_was_being_written_when_its_process_was_killed_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _file: sys.exit("killed"))
    with pytest.raises(SystemExit):
        kept_key(tmp_path)
    assert not (tmp_path / "secret_key").exists()
    monkeypatch.undo()
    (tmp_path / "secret_key.new").write_text("half")
    assert len(kept_key(tmp_path)) >= 32
