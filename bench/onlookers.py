"""People who look while a wave is published: the start page, the wave's page, their own page; and some who register.

A process of its own with four open connections, as gentle as a quiet evening: a page every 50 ms a connection, a
registration every second. Of each own page it is noted whether it says that there is no result yet.
"""

from __future__ import annotations

import multiprocessing
import secrets
import threading
import time
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.rules.states import WORDS, State
from bench import people
from bench.parent import end_with_parent
from bench.walk import CHECK, Browser, Timing, Walk, Wrong
from bench.wire import LOOPBACK, Broken, Connection

#: Between two pages of one connection and between two registrations, in seconds.
PAGE_EVERY, SEND_EVERY = 0.05, 1.0
LOOKERS = 3
#: Numbers of the people who register: nobody of the crowd has them.
FIRST = 500_000_000
WAITS = WORDS[State.IN_SELECTION].sentence


@dataclass
class Seen:
    """Seconds of every request by what was opened; `waits` own pages that said that there is no result yet."""

    seconds: dict[str, array[float]] = field(default_factory=lambda: defaultdict(lambda: array("f")))
    wrong: list[str] = field(default_factory=list)
    waits: int = 0


class Onlookers:
    """Started and stopped around what is measured; `phase` names what is going on, by which the requests are kept."""

    def __init__(self, port: int, cookies: list[str], wave: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._phase: Any = context.Value("i", 0)
        self._told: Any = context.Queue()
        arguments = (self._phase, self._told, port, cookies, wave)
        self._process = context.Process(target=_look, args=arguments, daemon=True)
        self._process.start()

    def phase(self, number: int) -> None:
        """1: alone, 2: while the draw is made ready, 3: after the switch, 0: nothing is kept."""
        self._phase.value = number

    def end(self) -> list[Seen]:
        """Stop; what was seen in each of the three phases."""
        self._phase.value = -1
        seen: list[Seen] = self._told.get()
        self._process.join(30)
        return seen


def _look(phase: Any, told: Any, port: int, cookies: list[str], wave: int) -> None:
    end_with_parent()
    seen = [Seen() for _ in range(4)]
    lock = threading.Lock()
    looks = (phase, seen, lock, port, cookies, wave)
    threads = [threading.Thread(target=_open_pages, args=looks) for _ in range(LOOKERS)]
    threads.append(threading.Thread(target=_register, args=looks[:4]))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in seen:
        one.seconds = dict(one.seconds)  # a defaultdict of lambdas does not travel
    told.put(seen[1:])


def _open_pages(phase: Any, seen: list[Seen], lock: Any, port: int, cookies: list[str], wave: int) -> None:
    connection = Connection(port)
    while phase.value >= 0:
        for path in ("/", f"/gelombang/{wave}", f"/gelombang/{wave}/undian", "/saya"):
            now, spent = phase.value, array("f")

            def note(one: Timing, spent: array[float] = spent) -> None:
                spent.append(one.seconds)

            browser = Browser(connection, f"{LOOPBACK}:{port}", note)
            if path == "/saya":
                browser.cookies["sesi"] = secrets.choice(cookies)
            try:
                answer = browser.get(path, path)
            except Broken as error:
                seen[max(now, 0)].wrong.append(f"{path}: {error}")
                continue
            with lock:
                found = seen[max(now, 0)]
                found.seconds[path].extend(spent)
                if answer.status != 200:
                    found.wrong.append(f"{path}: {answer.status}")
                found.waits += path == "/saya" and WAITS in answer.body
            time.sleep(PAGE_EVERY)


def _register(phase: Any, seen: list[Seen], lock: Any, port: int) -> None:
    connection, number = Connection(port), FIRST + secrets.randbelow(400_000_000)
    while phase.value >= 0:
        number += 1

        def note(one: Timing) -> None:
            if phase.value >= 0 and one.method == "POST":
                with lock:
                    seen[phase.value].seconds["send" if one.step == CHECK else "step"].append(one.seconds)

        walk = Walk(number, people.answers(number, date.today()))  # noqa: DTZ011 - the age of a made-up person
        try:
            walk.run(Browser(connection, f"{LOOPBACK}:{port}", note, people.address_of(number)))
        except (Wrong, Broken) as error:
            seen[max(phase.value, 0)].wrong.append(f"registration: {error}")
        time.sleep(SEND_EVERY)
