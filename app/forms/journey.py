"""The journey engine: which pages a person meets is computed from the answers, never stored.

One list of steps gives six views that cannot disagree: next, back, progress, "may I open this page", check your
answers, and what is submitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.forms.fields import StepForm
from app.rules.eligibility import Bar

Answer = dict[str, Any]
Answers = dict[str, Answer]
"""{slug: what StepForm.answer() made}: JSON-able, the same in the database, in a form and on paper."""


def always(_: Answers) -> bool:
    """Everybody meets this step."""
    return True


def nobody(_: Answers) -> tuple[Bar, ...]:
    """This step stops nobody."""
    return ()


@dataclass(frozen=True)
class Step:
    """One page of the wizard.

    when: does this person meet it, given the answers before it? stop: which bars do the answers up to and with this
    one raise? about: slugs whose change makes an answer given here stale.
    """

    slug: str
    title: str
    form: type[StepForm]
    when: Callable[[Answers], bool] = always
    stop: Callable[[Answers], tuple[Bar, ...]] = nobody
    about: tuple[str, ...] = ()


class Journey:
    """An ordered list of steps and the views of it."""

    def __init__(self, *steps: Step) -> None:
        self.steps = steps
        self._by_slug = {step.slug: step for step in steps}

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def step(self, slug: str) -> Step | None:
        """The step of that name, whether or not this person meets it."""
        return self._by_slug.get(slug)

    def path(self, answers: Answers) -> list[Step]:
        """The steps this person meets, in order; it ends at a step that stops them."""
        met: list[Step] = []
        seen: Answers = {}
        for step in self.steps:
            if not step.when(seen):
                continue
            met.append(step)
            if step.slug in answers:
                seen[step.slug] = answers[step.slug]
                if step.stop(seen):
                    break
        return met

    def pending(self, answers: Answers) -> Step | None:
        """The first step on the path without an answer, or None when all are answered."""
        return next((step for step in self.path(answers) if step.slug not in answers), None)

    def open(self, slug: str, answers: Answers) -> Step | None:
        """The step if it may be opened: it is answered, or it is the pending one. No jumping ahead."""
        path = self.path(answers)
        for step in path:
            if step.slug == slug:
                return step
            if step.slug not in answers:
                return None
        return None

    def previous(self, step: Step, answers: Answers) -> Step | None:
        """The step before this one on the path, or None at the first."""
        path = self.path(answers)
        place = path.index(step)
        return path[place - 1] if place else None

    def stopped(self, answers: Answers) -> tuple[Bar, ...]:
        """The bars that end this path, or none."""
        path = self.path(answers)
        seen = {step.slug: answers[step.slug] for step in path if step.slug in answers}
        return path[-1].stop(seen) if path and path[-1].slug in seen else ()

    def with_answer(self, answers: Answers, slug: str, answer: Answer) -> Answers:
        """The answers after saving one; answers that were about a changed one are asked again."""
        changed = answers.get(slug) != answer
        stale = {step.slug for step in self.steps if changed and slug in step.about}
        return {key: value for key, value in answers.items() if key not in stale} | {slug: answer}

    def pruned(self, answers: Answers) -> Answers:
        """Only what lies on the path: what is submitted."""
        return {step.slug: answers[step.slug] for step in self.path(answers) if step.slug in answers}
