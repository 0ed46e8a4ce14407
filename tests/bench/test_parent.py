"""No process of the bench outlives the one that started it, even when that is killed."""

from __future__ import annotations

import subprocess
import sys

CHILD = """
import multiprocessing, threading
from bench.parent import end_with_parent

def work():
    end_with_parent()
    print("works", flush=True)
    threading.Event().wait(20)
    print("outlived", flush=True)

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=work).start()
"""


def test_a_killed_bench_leaves_no_load_behind(tmp_path):
    script = tmp_path / "bench_of_this_test.py"
    script.write_text(CHILD)
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": "."}
    ) as one:
        assert one.stdout.readline() == "works\n"
        one.kill()
        assert one.stdout.read() == ""  # the end of what the child wrote, too: it shares the pipe
