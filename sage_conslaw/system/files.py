r"""
Files that are old or new, never in part
"""
import os


def write_whole(contents):
    r"""
    Write files so that each is old or new, never in part.

    INPUT:

    - ``contents`` -- dictionary of paths and bytes

    OUTPUT: the list of the paths

    EXAMPLES::

        sage: import os, tempfile
        sage: from sage_conslaw.system.files import write_whole
        sage: with tempfile.TemporaryDirectory() as directory:
        ....:     path = os.path.join(directory, "a.txt")
        ....:     _ = write_whole({path: b"one"})
        ....:     os.listdir(directory)
        ['a.txt']
    """
    drafts = {path: f"{path}.{os.getpid()}.part" for path in contents}
    try:
        for path, draft in drafts.items():
            with open(draft, "wb") as file:
                file.write(contents[path])
                file.flush()
                os.fsync(file.fileno())
        for path, draft in drafts.items():
            os.replace(draft, path)
    finally:
        for draft in drafts.values():
            if os.path.exists(draft):
                os.remove(draft)
    return list(contents)
