"""The journey engine: which pages a person meets is computed from the answers, never stored.

One list of steps gives six views that cannot disagree: next, back, progress, "may I open this page", check your
answers, and what is submitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from app.forms.step_form import Answer as Answer
from app.forms.step_form import Answers as Answers
from app.forms.step_form import StepForm
from app.rules.eligibility import Bar


def always(_: Answers) -> bool:
    """Everybody meets this step."""
    return True


def nobody(_: Answers) -> tuple[Bar, ...]:
    """This step stops nobody."""
    return ()


@dataclass(frozen=True, eq=False)
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
    """An ordered list of steps."""

    def __init__(self, *steps: Step) -> None:
        self.steps = steps

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def path(self, answers: Answers) -> Path:
        """The steps that a person with these answers meets; it ends at a step that stops them."""
        met: list[Step] = []
        seen: Answers = {}
        bars: tuple[Bar, ...] = ()
        for step in self.steps:
            if not step.when(seen):
                continue
            met.append(step)
            if step.slug in answers:
                seen[step.slug] = answers[step.slug]
                bars = step.stop(seen)
                if bars:
                    break
        return Path(met, answers, bars)

    def with_answer(self, answers: Answers, slug: str, answer: Answer) -> Answers:
        """The answers after saving one; answers that were about a changed one are asked again."""
        changed = answers.get(slug) != answer
        stale = {step.slug for step in self.steps if changed and slug in step.about}
        return {key: value for key, value in answers.items() if key not in stale} | {slug: answer}


class Path:
    """What one person meets, found once; all views of it are made from the same list.

    `bars` are those that end it, or none.
    """

    def __init__(self, steps: list[Step], answers: Answers, bars: tuple[Bar, ...]) -> None:
        self.steps, self.bars = steps, bars
        self._answers = answers

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def pending(self) -> Step | None:
        """The first step without an answer, or None when all are answered."""
        return next((step for step in self.steps if step.slug not in self._answers), None)

    def open(self, slug: str) -> Step | None:
        """The step if it may be opened: it is answered, or it is the pending one. No jumping ahead."""
        for step in self.steps:
            if step.slug == slug:
                return step
            if step.slug not in self._answers:
                return None
        return None

    def number(self, step: Step) -> int:
        """Which one of the steps this is, from 1."""
        return self.steps.index(step) + 1

    def previous(self, step: Step) -> Step | None:
        """The step before this one, or None at the first."""
        place = self.steps.index(step)
        return self.steps[place - 1] if place else None

    def pruned(self) -> Answers:
        """Only the answers that lie on the path: what is submitted."""
        return {step.slug: self._answers[step.slug] for step in self.steps if step.slug in self._answers}
