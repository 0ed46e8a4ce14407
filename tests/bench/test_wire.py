"""The driver's connection: whole answers or an error, never half of one."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from bench.wire import Answer, Broken, Connection

Serve = Callable[..., int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(answer, ...) listens on the loopback interface and gives one answer to each connection, then closes it."""
    listeners: list[socket.socket] = []

    def start(*answers: list[bytes]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            for pieces in answers:
                peer, _ = listener.accept()
                with peer:
                    peer.recv(65536)
                    for piece in pieces:
                        peer.sendall(piece)

        threading.Thread(target=run, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.close()


def ask(port: int) -> Answer:
    with closing(Connection(port)) as connection:
        return connection.exchange(b"GET /")


def head(length: int, *lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {length}", *lines, "", ""]).encode()


def test_an_answer_in_pieces_is_put_together(serve: Serve) -> None:
    whole = head(5, "X-A: b", "Set-Cookie: a=1", "Set-Cookie: b=2") + b"hello"
    answer = ask(serve([whole[:20], whole[20:60], whole[60:]]))
    assert (answer.status, answer.body, answer.headers["x-a"]) == (200, "hello", "b")
    assert answer.cookies == ["a=1", "b=2"]
    assert answer.wire_bytes == len(whole)


def test_gzip_is_unpacked_but_counted_as_it_came(serve: Serve) -> None:
    packed = gzip.compress(b"halaman " * 100)
    whole = head(len(packed), "Content-Encoding: gzip") + packed
    answer = ask(serve([whole]))
    assert answer.body == "halaman " * 100
    assert answer.wire_bytes == len(whole)


@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", head(5) + b"hel", head(2) + b"hello"]
)
def test_anything_but_one_whole_answer_is_an_error(serve: Serve, sent: bytes) -> None:
    with pytest.raises(Broken):
        ask(serve([sent]))


def test_a_request_is_never_sent_twice_by_itself_and_the_next_one_connects_anew(serve: Serve) -> None:
    with closing(Connection(serve([b""], [head(2) + b"ok"]))) as connection:
        with pytest.raises(Broken):
            connection.exchange(b"POST /")
        assert connection.exchange(b"GET /").body == "ok"
