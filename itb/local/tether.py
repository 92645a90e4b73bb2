"""Becomes another program which the kernel ends when the one that started it is gone.

Run as a file, not as a module: `python -I -S tether.py SIGNAL PARENT USER PROGRAM …`, where USER is a number or `-`.
The program that takes its place keeps the process number. Only the standard library; also run by the system's nobody.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(ending: int, parent: int, user: int | None, program: list[str]) -> None:
    """Give up root if asked, tie this process to its parent, and become the program."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    if prctl:  # after setuid, which unties it
        prctl(PR_SET_PDEATHSIG, ending)
    if os.getppid() != parent:  # gone before the knot was tied
        sys.exit(1)
    os.execv(program[0], program)  # a search of PATH would import, and nobody may not read a Python of root's


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), None if sys.argv[3] == "-" else int(sys.argv[3]), sys.argv[4:])
