"""Stored answers judged again as if they had just been typed: at submit, and when answers come from elsewhere."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

from app.forms.fields import DateParts
from app.forms.journey import Answer, Answers, Journey, Step
from app.rules.terms import Terms


class FormValues(dict[str, list[str]]):
    """A multi-value mapping in the shape that WTForms reads."""

    def getlist(self, name: str) -> list[str]:
        """All values of a name."""
        return dict.get(self, name, [])

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        """The first value of a name."""
        return (dict.get(self, name) or [default])[0]


def faults(journey: Journey, terms: Terms, answers: Answers) -> list[str]:
    """Slugs whose stored answer is no longer good, by the form that asked it; empty when all may be sent.

    Rules may have changed since an answer was stored, or a list of villages; so at the end each is judged again.
    """
    return [
        step.slug
        for step in journey.path(answers)
        if step.slug not in answers or not _is_good(step, terms, answers)
    ]


def _still_good(step: Step, terms: Terms, answers: Answers) -> bool:
    stored = answers[step.slug]
    if step.slug == "pin":  # only its hash is kept: that there is one is all that can be judged
        return stored == {"ada": True}
    try:
        form = step.form(terms, answers, formdata=as_typed(step.form.to_fields(stored)))
        return form.validate() and _says_the_same(step, form.answer(), stored)
    except (KeyError, ValueError, TypeError):
        return False


def _says_the_same(step: Step, now: Answer, stored: Answer) -> bool:
    """Whether the form would store the same again; a permission that is (not) asked for any more is no fault."""
    if step.slug == "persetujuan":
        return all(now[name] == stored[name] for name in now.keys() & stored.keys())
    return now == stored


def as_typed(data: dict[str, Any]) -> FormValues:
    """What the browser sends when a person leaves a form with these values as it is."""
    values = FormValues()
    for name, value in data.items():
        if isinstance(value, date):
            for (_, box), part in zip(DateParts.PARTS, (value.day, value.month, value.year), strict=True):
                values[f"{name}{box}"] = [str(part)]
        elif isinstance(value, bool):
            values |= {name: ["y"]} if value else {}
        elif isinstance(value, list):
            values[name] = [str(item) for item in value]
        elif value is not None:
            values[name] = [str(value)]
    return values


# answers that many gave -------------------------------------------------------------------------

#: So many are kept before all are thrown away.
KEPT = 1024
_known: dict[Hashable, bool] = {}


def _is_good(step: Step, terms: Terms, answers: Answers) -> bool:
    """Whether a stored answer is still good; where people only choose, each choice is judged once for everybody.

    Such a form is shown no other answers than those it names, so that nothing else can decide.
    """
    goes_by = step.form.chosen_by
    if goes_by is None or not answers.keys() >= set(goes_by):
        return _still_good(step, terms, answers)
    shown = {slug: answers[slug] for slug in (step.slug, *goes_by)}
    key = (step.form, terms, repr(shown))
    if key not in _known:
        if len(_known) >= KEPT:
            _known.clear()
        _known[key] = _still_good(step, terms, shown)
    return _known[key]
