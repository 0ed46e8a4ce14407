"""Does the time of a refusal tell whether a NIK is registered? A wrong PIN for a known NIK against an unknown NIK.

security.md 4.5 and ASVS 6.3.8: the medians of 200 lie within 5 %. Asked one after the other in one process, each time in
another order, and counted in CPU time, so that a busy machine disturbs both alike.
"""

from __future__ import annotations

import random
import time
from statistics import median

from flask.testing import FlaskClient

from bench import product
from bench.table import busy, out

WITHIN = 0.05
KNOWN, WRONG_PIN, WRONG_KUNCI = "3508015704880001", "730846", "ABCD-EFGH"
BODIES = {"/masuk": {"pin": WRONG_PIN}, "/masuk/kunci": {"pin": WRONG_PIN, "kunci": WRONG_KUNCI}}


def run(pairs: int) -> dict[str, float]:
    """Print the ratio known / unknown for each door; returns them."""
    from app import create_app
    from app.config import Settings
    from tests.services.people import person

    ratios = {}
    with product.installed("sqlite") as installation:
        application = create_app(Settings.from_env(installation.environ))
        with application.app_context():
            person(KNOWN)
        client = application.test_client()
        out(f"\n## signing in: a wrong PIN for a known NIK against an unknown NIK, {pairs} of each; {busy()}")
        for door, body in BODIES.items():
            known, unknown = _measure(application, client, door, body, pairs)
            ratios[door] = ratio = known / unknown
            verdict = "alike" if abs(ratio - 1) <= WITHIN else "TELLS"
            out(
                f"{door:<16} known {known * 1000:6.2f} ms   unknown {unknown * 1000:6.2f} ms CPU (medians)   "
                f"ratio {ratio:.3f}  {verdict} (within {WITHIN:.0%})"
            )
    return ratios


def _measure(
    application: object, client: FlaskClient, door: str, body: dict[str, str], pairs: int
) -> tuple[float, float]:
    token = client.get("/csrf", base_url="http://127.0.0.1").get_json()["token"]
    seconds: dict[str, list[float]] = {"known": [], "unknown": []}
    chance = random.Random(7)
    for number in range(pairs + 5):
        # Both have never failed before here: the limits are not what is measured.
        asked = [("known", KNOWN), ("unknown", f"350801{chance.randrange(10**6):06d}{number % 10**4:04d}")]
        chance.shuffle(asked)
        for name, nik in asked:
            _forget(application)
            began = time.process_time()
            answer = client.post(
                door, base_url="http://127.0.0.1", data=body | {"nik": nik, "csrf_token": token}
            )
            spent = time.process_time() - began
            assert answer.status_code == 422, (door, name, answer.status)
            if number >= 5:
                seconds[name].append(spent)
    return median(seconds["known"]), median(seconds["unknown"])


def _forget(application: object) -> None:
    from app.models import Attempt

    with application.app_context():  # type: ignore[attr-defined]
        Attempt.delete().execute()
