r"""
Files that are old or new, never in part, and that change together
"""
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sage_conslaw.system.messages import shown


def write_whole(contents: Mapping[str, bytes]) -> list[str]:
    r"""
    Write files so that each is old or new, never in part.

    INPUT:

    - ``contents`` -- dictionary of paths and bytes

    OUTPUT: the list of the paths. What cannot be written is an ``OSError`` that names the path.

    EXAMPLES::

        sage: import os, tempfile
        sage: from sage_conslaw.system.files import write_whole
        sage: with tempfile.TemporaryDirectory() as directory:
        ....:     path = os.path.join(directory, "a.txt")
        ....:     _ = write_whole({path: b"one"})
        ....:     os.listdir(directory)
        ['a.txt']

    TESTS::

        sage: write_whole({"/no-such-directory/a.txt": b"one"})
        Traceback (most recent call last):
        ...
        FileNotFoundError: [Errno 2] No such file or directory: '/no-such-directory/a.txt'
    """
    drafts = {path: f"{path}.{os.getpid()}.part" for path in contents}
    try:
        for path, draft in drafts.items():
            with _errors_naming(path), open(draft, "wb") as file:
                file.write(contents[path])
                file.flush()
                os.fsync(file.fileno())
        for path, draft in drafts.items():
            with _errors_naming(path):
                os.replace(draft, path)
    finally:
        for draft in drafts.values():
            with suppress(FileNotFoundError):
                os.remove(draft)
    return list(contents)


@contextmanager
def _errors_naming(path):
    # a full disk is found out by calls that know of no path, and a draft's name helps no one
    try:
        yield
    except OSError as problem:
        if problem.errno is None:
            raise
        raise OSError(problem.errno, problem.strerror, os.fspath(path)) from None


def make_directory(given: Any, name: str) -> str:
    r"""
    Return the absolute path of a directory that can be written to, made if it is not there.

    INPUT:

    - ``given`` -- the path
    - ``name`` -- string; the name of the argument, for messages

    EXAMPLES::

        sage: from sage_conslaw.system.files import make_directory
        sage: make_directory(".", "output") == os.getcwd()
        True

    TESTS::

        sage: make_directory(5, "output")
        Traceback (most recent call last):
        ...
        TypeError: output: got 5, expected the path of a directory to write to, there or to be made
        sage: make_directory("/dev/null/a", "output")
        Traceback (most recent call last):
        ...
        OSError: output: got '/dev/null/a', expected the path of a directory to write to, there or
        to be made (Not a directory)
    """
    message = (f"{name}: got {shown(given)}, expected the path of a directory to write to, there "
               "or to be made")
    try:
        directory = os.fsdecode(given)
        os.makedirs(directory, exist_ok=True)
    except TypeError:
        raise TypeError(message) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise OSError(f"{message} ({reason})") from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise OSError(f"{message} (no permission)")
    return os.path.abspath(directory)


@contextmanager
def drafts_for(directory: str, names: Sequence[str]) -> Iterator[str]:
    r"""
    Give a new directory whose files take the place of those of a directory at the end.

    Files of two runs never stand side by side: when the new ones are complete, the old
    ones are removed, the first first, and then the new ones come, the first last. So after
    a kill at any moment the first file, where it is there, belongs to all the others. An
    error or an interrupt before the end leaves the old files as they were.

    INPUT:

    - ``directory`` -- path of a directory that is there

    - ``names`` -- list of paths relative to it; the first should be the one that tells of
      the others. A file with one of these names that is not made anew is removed: it would
      be of another run

    EXAMPLES::

        sage: import os, tempfile
        sage: from sage_conslaw.system.files import drafts_for
        sage: with tempfile.TemporaryDirectory() as directory:
        ....:     with drafts_for(directory, ["a", "b"]) as drafts:
        ....:         open(os.path.join(drafts, "a"), "w").close()
        ....:     os.listdir(directory)
        ['a']
    """
    drafts, lock = _new_drafts(directory)
    try:
        yield drafts
        for name in names:
            with suppress(FileNotFoundError):
                os.remove(os.path.join(directory, name))
        for name in reversed(names):
            draft, path = (os.path.join(place, name) for place in (drafts, directory))
            if os.path.exists(draft):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.replace(draft, path)
    finally:
        shutil.rmtree(drafts)
        os.close(lock)


def _new_drafts(directory):
    # A directory for drafts, and a descriptor whose lock says that it is in use: the kernel
    # lets go of it however the run ends. Those that a killed run left are removed.
    own, locked = _lock(directory)
    try:
        for old in Path(directory).glob(".drafts-*") if locked else ():
            if old.is_symlink() or not old.is_dir():
                continue
            descriptor, abandoned = _lock(old)
            if abandoned:
                shutil.rmtree(old, ignore_errors=True)
            os.close(descriptor)
        drafts = tempfile.mkdtemp(prefix=".drafts-", dir=directory)
        return drafts, _lock(drafts)[0]
    finally:
        os.close(own)


def _lock(directory):
    # a descriptor, and whether it locks the directory: another may have done so, and not
    # all file systems have locks
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return descriptor, False
    return descriptor, True
