import os
from pathlib import Path

import pytest

from meteolake.errors import LakeError
from meteolake.lake.objects import Objects


def test_what_was_put_is_got(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path / "zone"))
    objects.put("a/b.bin", b"\x00\xff")
    assert objects.get("a/b.bin") == b"\x00\xff"
    assert list(objects.list("a")) == ["a/b.bin"]


def test_objects_are_listed_from_one_on(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path))
    paths = ["a/1", "b/01", "b/1", "b/10", "b/2/0", "c/1"]
    for path in paths:
        objects.put(path, b"")
    assert list(objects.list("b")) == ["b/01", "b/1", "b/10", "b/2/0"]
    assert list(objects.list("b", "b/1")) == ["b/1", "b/10", "b/2/0"]
    assert list(objects.list(since="b/11")) == ["b/2/0", "c/1"]
    assert list(objects.list("b", "b/3")) == []


def test_an_object_is_created_once(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path))
    assert objects.create("x", b"first")
    assert not objects.create("x", b"second")
    assert objects.get("x") == b"first"


def test_a_missing_object_is_found_to_be_none_and_cannot_be_got(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path))
    assert objects.find("x") is None
    with pytest.raises(LakeError, match="Could not read x"):
        objects.get("x")


def test_deleting_twice_is_harmless(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path))
    objects.put("x", b"")
    objects.delete("x")
    objects.delete("x")
    assert list(objects.list()) == []


def test_a_root_that_is_a_file_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LakeError, match="file"):
        Objects(str(tmp_path / "file" / "lake"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_root_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LakeError, match="Permission denied"):
        Objects(str(tmp_path / "lake"))
