"""Runs a program until standard input ends: however whoever started it died, the program ends too.

    python keeper.py PROGRAM ARGUMENT...

The program is asked to end (SIGTERM), and killed when it has not within half a minute.
"""

import subprocess
import sys
import threading

PATIENCE = 30


def main() -> int:
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_input, args=(program,), daemon=True).start()
    return program.wait()


def _end_with_input(program: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    program.terminate()
    try:
        program.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        program.kill()


if __name__ == "__main__":
    sys.exit(main())
