"""What happens by itself: verbs that ask the database what is due. The worker calls each once a minute.

Each may be called at any time, twice at once, or not for two days: what was missed is caught up, what is done stays done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from app.config import Settings
from app.periods import Periods
from app.services import (
    archiving,
    audit_mail,
    broadcast_sending,
    condensing,
    day_lists,
    deadlines,
    devices,
    drafts,
    draw_publication,
    draw_reminders,
    draw_schedule,
    group_claims,
    joining,
    ladder,
    limits,
    newcomers,
    offers,
    pairs,
    results,
    retention,
    texting,
    wave_control,
)

#: What holds where no setting says otherwise.
PROMISED = Periods()


class Job(NamedTuple):
    """A verb by the name under which its beats are noted; it returns how many things it did."""

    name: str
    act: Callable[[datetime], int]


def jobs(settings: Settings | None = None) -> list[Job]:
    """All of them, in the order in which one minute does them; without settings as an office does that set nothing."""
    keep = settings.keep if settings else PROMISED
    hour = settings.audit_mail_hour if settings and settings.inspectorate_email else None
    return [
        Job("close_waves", wave_control.close_due),
        Job("publish_results", results.publish_due),
        Job("open_draw_files", draw_publication.note_published_due),
        Job("tell_frozen_lists", draw_publication.tell_frozen_due),
        Job("move_late_draws", draw_schedule.move_late_due),
        Job("remind_of_draws", draw_reminders.remind_due),
        Job("list_days", day_lists.note_due),
        Job("admit", joining.admit_due),
        Job(group_claims.JOB, group_claims.claim_due),
        Job("offer_seats", offers.expire_due),
        Job("end_reserves", archiving.end_reserves_due),
        Job("remind", deadlines.remind_due),
        Job("send_broadcasts", broadcast_sending.send_due),
        Job("climb", ladder.climb_due),
        Job("send_sms", texting.send_due),
        Job(pairs.JOB, pairs.find_due),
        Job("forget_drafts", drafts.purge),
        Job("forget_attempts", limits.purge),
        Job("forget_networks", newcomers.forget),
        Job("forget_subscriptions", devices.forget_old_subscriptions),
        Job("condense_deliveries", condensing.condense_due),
        Job(retention.JOB, partial(retention.run_due, keep=keep)),
        Job(audit_mail.JOB, partial(audit_mail.write_due, hour=hour)),
    ]
