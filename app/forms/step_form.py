"""The base of every step: a form that can be filled from what was typed or from what was stored."""

from __future__ import annotations

from typing import Any, ClassVar

from markupsafe import Markup
from wtforms import Field, Form
from wtforms.fields.core import UnboundField
from wtforms.meta import DefaultMeta

from app.forms.fields import DateParts, Formdata
from app.rules.terms import Terms

Answer = dict[str, Any]
Answers = dict[str, Answer]
"""{slug: what StepForm.answer() made}: JSON-able, the same in the database, in a form and on paper."""
Row = tuple[str, str | Markup]


class KeptFields(DefaultMeta):
    """Binds each field once and gives every form a copy: binding anew took half of the time that a form takes.

    What a form gives its field (data, errors, choices that depend on answers) is set on the copy, never changed in place.
    """

    kept: ClassVar[dict[UnboundField, Any]] = {}

    def bind_field(self, form: Form, unbound_field: UnboundField, options: dict[str, Any]) -> Field:
        kept = self.kept.get(unbound_field)
        if kept is None:
            kept = self.kept[unbound_field] = super().bind_field(form, unbound_field, options)
            kept._form = kept.meta = None
        field: Field = object.__new__(type(kept))
        field.__dict__.update(kept.__dict__, _form=form, meta=self)
        return field


class StepForm(Form):
    """A page of the wizard: WTForms fields, an answer for the draft, and rows for the check page.

    Built with formdata (a POST), with an answer (coming back), or with neither (first visit). `terms` is what the form
    may know of the world, `answers` what the person said so far.
    """

    Meta = KeptFields

    #: Earlier answers (slugs) that the empty page shows, and nothing else of the person; None when it shows more than
    #: others may have in common. An empty page is drawn once for all who share these.
    empty_shows: ClassVar[tuple[str, ...] | None] = ()

    #: For a page where people only choose from lists: the earlier answers (slugs) that it goes by. A
    #: stored answer is judged again once for all who chose the same (replay.py). None: people write here what is theirs.
    chosen_by: ClassVar[tuple[str, ...] | None] = None

    def __init__(
        self,
        terms: Terms,
        answers: dict[str, Any],
        *,
        formdata: Formdata = None,
        answer: dict[str, Any] | None = None,
    ) -> None:
        self.terms, self.answers = terms, answers
        super().__init__(formdata, data=self.to_fields(answer) if answer is not None else None)
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the terms or on earlier answers, such as the list of villages."""

    @staticmethod
    def to_fields(answer: dict[str, Any]) -> dict[str, Any]:
        """Field values from a stored answer."""
        return answer

    def answer(self) -> dict[str, Any]:
        """What is stored: JSON-able."""
        return {name: field.data for name, field in self._fields.items()}

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        """(label, value) of a stored answer, for the check page; no form needs to be filled for that."""
        return []

    def error_list(self) -> list[tuple[str, str]]:
        """(id of the box, words) for the error summary."""
        return [
            (field.first_wrong if isinstance(field, DateParts) else field.id, str(field.errors[0]))
            for field in self._fields.values()
            if field.errors
        ]
