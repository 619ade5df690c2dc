"""Keeping secrets out of crash dumps and away from other programs of the same person, as far as the system allows.

Python cannot wipe memory: copies of a password stay until the process ends. So keys live in processes that end.
"""

from __future__ import annotations

import contextlib
import ctypes
import platform

_PR_SET_DUMPABLE = 4  # linux/prctl.h
_PT_DENY_ATTACH = 31  # macOS sys/ptrace.h


def keep_private() -> bool:
    """No core files, and on Linux no reading of this process's memory or attaching to it by other programs of the
    same person. True where the system confirmed all it offers. Nothing to undo; a child process starts without it.
    """
    try:
        import resource
    except ImportError:  # Windows writes no core files by default
        return False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None, use_errno=True)
        if platform.system() == "Linux":
            return bool(library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
        if platform.system() == "Darwin":
            return bool(library.ptrace(_PT_DENY_ATTACH, 0, None, 0) == 0)
    return False
