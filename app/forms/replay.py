"""Stored answers judged again as if they had just been typed: at submit, and when answers come from elsewhere."""

from __future__ import annotations

from app.forms.fields import DateParts, Tick
from app.forms.journey import Answer, Answers, Journey, Step
from app.forms.step_form import StepForm
from app.rules.terms import Terms


class FormValues(dict[str, list[str]]):
    """A multi-value mapping in the shape that WTForms reads."""

    def put(self, name: str, field: object) -> None:
        """Add what one field would send."""
        data = getattr(field, "data", None)
        if isinstance(field, DateParts):
            for (part, _), value in zip(DateParts.PARTS, (field.day, field.month, field.year), strict=True):
                self[field.part_id(part)] = [value]
        elif isinstance(field, Tick):
            if data:
                self[name] = ["y"]
        elif isinstance(data, list):
            self[name] = [str(item) for item in data]
        elif data is not None:
            self[name] = [str(data)]

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
    bad = []
    for step in journey.path(answers):
        stored = answers.get(step.slug)
        if stored is None or not _still_good(step, terms, answers):
            bad.append(step.slug)
    return bad


def _still_good(step: Step, terms: Terms, answers: Answers) -> bool:
    if step.slug == "pin":  # only its hash is kept: that there is one is all that can be judged
        return answers["pin"] == {"ada": True}
    try:
        form = step.form(terms, answers, answer=answers[step.slug])
        form.process(as_typed(form))
        return bool(form.validate()) and _says_the_same(step, form.answer(), answers[step.slug])
    except (KeyError, ValueError, TypeError):
        return False


def _says_the_same(step: Step, now: Answer, stored: Answer) -> bool:
    """Whether the form would store the same again; a permission that is (not) asked for any more is no fault."""
    if step.slug == "persetujuan":
        return all(now[name] == stored[name] for name in now.keys() & stored.keys())
    return now == stored


def as_typed(form: StepForm) -> FormValues:
    """What the browser sends when a person leaves a filled form as it is."""
    values = FormValues()
    for name, field in form._fields.items():
        values.put(name, field)
    return values
