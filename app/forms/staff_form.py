"""What every form of the office shares: plain fields, and the list of what is wrong with them."""

from __future__ import annotations

from wtforms import Field, Form


class StaffForm(Form):
    """A form of the office: `error_list` is what the error summary prints."""

    def error_list(self) -> list[tuple[str, str]]:
        """(id of the box, words), in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self._fields.values() if field.errors]

    def refuse(self, name: str, words: str) -> None:
        """Add what only a service can know, such as a number that is taken."""
        field: Field = self._fields[name]
        field.errors = [*field.errors, words]
