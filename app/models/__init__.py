"""The tables, one file per aggregate. ALL lists them in an order in which they can be created."""

from __future__ import annotations

from app.models.applicant import Applicant, Consent, GuideStep
from app.models.application import Application, ApplicationVersion, Draft, LedgerEntry
from app.models.base import Base
from app.models.broadcast import Broadcast
from app.models.call import CallTask
from app.models.draw import (
    DayList,
    Draw,
    DrawFile,
    Entry,
    FreedSeat,
    GroupClaim,
    Objection,
    Offer,
    Reversal,
    SeatChange,
)
from app.models.former_number import FormerNumber
from app.models.late_entry import LateEntry
from app.models.notice import Beat, Deadline, Delivery, DeliverySum, Notice, PushService, PushSubscription
from app.models.office import Office, Posko
from app.models.office_mail import OfficeMail
from app.models.pair import SuspectedPair
from app.models.preference import Preference
from app.models.region import Region
from app.models.result import Result, ResultFile, ResultPreview
from app.models.retention import AuditCut, RetentionDoor
from app.models.session import Attempt, Device, OneTimeCode, OpenedNetwork, Session
from app.models.sms import SmsDay
from app.models.staff import AuditLine, Staff, StaffCode
from app.models.wave import Wave

ALL: tuple[type[Base], ...] = (
    Region,
    Office,
    Posko,
    Staff,
    StaffCode,
    AuditLine,
    AuditCut,
    RetentionDoor,
    Wave,
    Applicant,
    Consent,
    Preference,
    GuideStep,
    Draft,
    Application,
    ApplicationVersion,
    LedgerEntry,
    Device,
    Session,
    Attempt,
    OneTimeCode,
    OpenedNetwork,
    Broadcast,
    Notice,
    PushSubscription,
    PushService,
    Delivery,
    FormerNumber,
    DeliverySum,
    SmsDay,
    CallTask,
    Deadline,
    Beat,
    ResultFile,
    Result,
    ResultPreview,
    Draw,
    DrawFile,
    Entry,
    DayList,
    GroupClaim,
    SeatChange,
    FreedSeat,
    Offer,
    Objection,
    Reversal,
    LateEntry,
    OfficeMail,
    SuspectedPair,
)
