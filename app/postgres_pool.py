"""The pool of PostgreSQL connections. A module of its own: only an installation on PostgreSQL has psycopg."""

from __future__ import annotations

import select
from typing import Any

from playhouse.postgres_ext import PooledPsycopg3Database


class Pool(PooledPsycopg3Database):
    """peewee's, without its question before each use whether the server is still there (docs/decisions/0001).

    That is a statement more for each page, one in four, and every other thread waits for the pool meanwhile. A server
    that goes away says so at the socket: only a connection that has something to say unasked is asked.
    """

    def _is_closed(self, conn: Any) -> bool:
        return bool(conn.closed) or (_has_news(conn.fileno()) and super()._is_closed(conn))


def _has_news(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
