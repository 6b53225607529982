"""Files and folders that are their owner's alone, whatever the umask is.

The umask itself stays as the user set it: files that tasks write are theirs.
"""

from __future__ import annotations

import os

#: Rights of a file and of a folder.
FILE = 0o600
FOLDER = 0o700
#: A child process that writes files of ours has this umask.
UMASK = 0o077


def make_folder(folder: str | os.PathLike[str]) -> None:
    """Make a folder and those above it that are missing (`os.makedirs` gives its mode to the last one only).

    Raises OSError; not when the folder is there.
    """
    try:
        os.mkdir(folder, FOLDER)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise
    except FileNotFoundError:
        make_folder(os.path.dirname(folder))
        make_folder(folder)
