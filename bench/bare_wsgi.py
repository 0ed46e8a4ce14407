"""The bare app for a web server; BENCH_BARE_DATABASE names its database."""

from __future__ import annotations

import os

from bench.bare import make

app = make(os.environ["BENCH_BARE_DATABASE"], os.environ.get("BENCH_BARE_CONNECTION") == "kept")
