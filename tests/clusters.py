"""A PostgreSQL of a test's own that can be stopped and started while the product uses it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import servers

#: control("stop"), control("start"): returns when it is done.
Control = Callable[[str], None]


@contextmanager
def cluster() -> Iterator[tuple[str, Control]]:
    """Its URL, and how to stop and start it. Raises servers.Missing."""
    with servers.postgres() as url:
        place = Path(url.partition("host=")[2])
        user = "postgres" if os.geteuid() == 0 else None
        program = [servers._postgres_programs() / "pg_ctl", "-w", "-D", place / "data"]
        how = {
            "stop": ["-m", "fast"],
            "start": [
                "-l",
                place / "data" / "log",
                "-o",
                f"-c listen_addresses= -c unix_socket_directories={place} -c fsync=off",
            ],
        }

        def control(verb: str) -> None:
            command = [*program, verb, *how[verb]]
            subprocess.run(command, user=user, cwd=place, check=True, stdout=subprocess.DEVNULL)

        try:
            yield url, control
        finally:  # the one that was started here is no child of ours
            command = [*program, "-m", "immediate", "stop"]
            subprocess.run(command, user=user, cwd=place, check=False, capture_output=True)
