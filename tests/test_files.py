"""Files: whole or not there, and files of one run that change together."""

import errno
import os
from pathlib import Path

import pytest

from sage_conslaw.system.files import drafts_for, make_directory, write_whole


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupted_write_leaves_files_whole(tmp_path, monkeypatch, step, error):
    first, second = str(tmp_path / "a"), str(tmp_path / "b")
    write_whole({first: b"old a", second: b"old b"})

    def interrupted(*arguments):
        raise error
    monkeypatch.setattr(os, step, interrupted)
    with pytest.raises(error):
        write_whole({first: b"new a", second: b"new b"})
    monkeypatch.undo()
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert (tmp_path / "a").read_bytes() == b"old a"
    assert (tmp_path / "b").read_bytes() == b"old b"


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a"

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError) as caught:
        write_whole({str(path): b"new"})
    assert str(caught.value) == f"[Errno 28] No space left on device: '{path}'"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("given, error, reason", [
    (5, TypeError, "got 5, expected the path of a directory"),
    ("", OSError, "(No such file or directory)"),
    ("a\0b", OSError, "(embedded null byte)"),
    (__file__, OSError, "(File exists)"),
    (__file__ + "/a", OSError, "(Not a directory)"),
])
def test_what_is_no_directory_is_refused(given, error, reason):
    with pytest.raises(error) as caught:
        make_directory(given, "output")
    assert str(caught.value).startswith("output: got ") and reason in str(caught.value)


# Drafts

def test_drafts_of_a_killed_run_are_removed_and_those_in_use_are_not(tmp_path):
    killed = tmp_path / ".drafts-killed"
    killed.mkdir()
    (killed / "a.json").write_text("half")
    with drafts_for(tmp_path, ["a.json"]) as first:
        assert not killed.exists()
        with drafts_for(tmp_path, ["a.json"]) as second:
            assert os.path.isdir(first) and first != second
            Path(second, "a.json").write_text("second")
        Path(first, "a.json").write_text("first")
    assert os.listdir(tmp_path) == ["a.json"]
    assert (tmp_path / "a.json").read_text() == "first"


def test_what_is_no_directory_of_drafts_is_left_alone(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (tmp_path / ".drafts-notes").write_text("of someone")
    (tmp_path / ".drafts-link").symlink_to(other)
    (tmp_path / ".drafts-nowhere").symlink_to(tmp_path / "nowhere")
    before = sorted(os.listdir(tmp_path))
    with drafts_for(tmp_path, []):
        pass
    assert sorted(os.listdir(tmp_path)) == before


def test_a_directory_that_another_program_has_locked_can_be_written_to(tmp_path):
    import fcntl
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with drafts_for(tmp_path, ["a.json"]) as drafts:
            Path(drafts, "a.json").write_text("")
    finally:
        os.close(descriptor)
    assert os.listdir(tmp_path) == ["a.json"]


NAMES = ["contents", "deep/one", "deep/two", "three"]


def write_run(directory, run, names):
    with drafts_for(directory, NAMES) as drafts:
        Path(drafts, "deep").mkdir()
        for name in names:
            Path(drafts, name).write_text(run)


def test_drafts_take_the_place_of_all_files_of_the_run_before(tmp_path):
    (tmp_path / "other").write_text("of someone")
    write_run(tmp_path, "first", NAMES)
    write_run(tmp_path, "second", NAMES[:2])
    found = {str(path.relative_to(tmp_path)): path.read_text()
             for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"contents": "second", "deep/one": "second", "other": "of someone"}


@pytest.mark.parametrize("step", range(1, 8))
def test_after_a_kill_files_of_two_runs_never_stand_side_by_side(tmp_path, step):
    write_run(tmp_path, "first", NAMES)
    child = os.fork()
    if not child:
        # the process ends before its n-th change of the directory
        left = [step]

        def counted(change):
            def counting(*arguments, **options):
                left[0] -= 1
                if not left[0]:
                    os._exit(9)
                return change(*arguments, **options)
            return counting
        os.remove, os.replace = counted(os.remove), counted(os.replace)
        write_run(tmp_path, "second", NAMES[:3])
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    runs = {path.name: path.read_text() for path in tmp_path.rglob("*")
            if path.is_file() and ".drafts-" not in str(path)}
    assert len(set(runs.values())) <= 1
    if "contents" in runs:
        assert set(runs) == {"contents", "one", "two", "three"}
    write_run(tmp_path, "third", NAMES)
    assert {path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {"third"}
    assert not list(tmp_path.glob(".drafts-*"))
