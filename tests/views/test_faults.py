"""When something underneath is missing: a page in words, the right code, nothing of our insides."""

from __future__ import annotations

import io
import logging

import pytest
from peewee import OperationalError

from app import errors, logs
from app.services import waves
from tests.pages import Visitor


def test_before_an_office_is_set_pages_that_need_it_say_to_come_back(app, database):
    for path in ("/", "/daftar/", "/tidak-ada"):
        page = Visitor(app).open(path, status=404 if path == "/tidak-ada" else 503)
        assert "Kantor tenaga kerja" in page.text
        assert page.status == 404 or page.response.headers["Retry-After"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [(OperationalError("server closed the connection"), 503), (RuntimeError("3599015704880003"), 500)],
)
def test_a_fault_in_a_page_keeps_its_reasons_to_itself(visitor, monkeypatch, fault, status):
    def broken(_):
        raise fault

    monkeypatch.setattr(waves, "open_wave", broken)
    page = visitor.open("/", status=status)
    assert "Jawaban Anda yang tersimpan aman." in page.text
    assert str(fault) not in page.html
    assert "Traceback" not in page.html


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 menit"),
        (60, "1 menit"),
        (61, "2 menit"),
        (900, "15 menit"),
        (7_140, "119 menit"),
        (7_141, "2 jam"),
        (7_201, "3 jam"),
        (86_400, "24 jam"),
    ],
)
def test_whoever_tried_too_often_is_told_when_to_come_back_and_not_too_early(seconds, words):
    assert errors.wait_words(seconds) == f"Coba lagi {words} lagi."


@pytest.fixture
def log():
    """What our loggers write, as it would stand in the log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.OneLine())
    logging.getLogger("gelombang").addHandler(handler)
    yield stream
    logging.getLogger("gelombang").removeHandler(handler)


def test_the_log_of_a_fault_masks_what_it_quotes(visitor, monkeypatch, log):
    def broken(_):
        raise RuntimeError("nik 359901 570488 0003, hp +62 812-3456-7713")

    monkeypatch.setattr(waves, "open_wave", broken)
    visitor.open("/", status=500)
    logged = log.getvalue()
    assert len(logged.splitlines()) == 1
    assert "RuntimeError" in logged
    assert "570488" not in logged
    assert "3456" not in logged
