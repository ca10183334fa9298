"""Numbers of several processes behind one port."""

import atexit
import os
import shutil
import tempfile

from jobproc.adapters.prometheus.exposition import SHARED


def share_numbers() -> None:
    """Let the processes that are started from here count together: whichever is asked answers for all."""
    if SHARED not in os.environ:
        folder = tempfile.mkdtemp(prefix="jobproc-numbers-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ[SHARED] = folder
