from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import reasons, states
from app.rules.reasons import Reason
from app.rules.states import State as S

ALLOWED = {
    (S.SUBMITTED, S.NEEDS_FIX),
    (S.SUBMITTED, S.IN_SELECTION),
    (S.SUBMITTED, S.WITHDRAWN),
    (S.NEEDS_FIX, S.SUBMITTED),
    (S.NEEDS_FIX, S.NOT_SELECTED),
    (S.NEEDS_FIX, S.WITHDRAWN),
    (S.IN_SELECTION, S.SELECTED),
    (S.IN_SELECTION, S.RESERVE),
    (S.IN_SELECTION, S.NOT_SELECTED),
    (S.IN_SELECTION, S.NEEDS_FIX),
    (S.IN_SELECTION, S.WITHDRAWN),
    (S.SELECTED, S.IN_TRAINING),
    (S.SELECTED, S.REVOKED),
    (S.SELECTED, S.WITHDRAWN),
    (S.SELECTED, S.RESERVE),
    (S.SELECTED, S.NOT_SELECTED),
    (S.RESERVE, S.SELECTED),
    (S.RESERVE, S.NOT_SELECTED),
    (S.RESERVE, S.WITHDRAWN),
    (S.NOT_SELECTED, S.SELECTED),
    (S.NOT_SELECTED, S.RESERVE),
    (S.IN_TRAINING, S.COMPLETED),
    (S.IN_TRAINING, S.REVOKED),
    (S.IN_TRAINING, S.WITHDRAWN),
    (S.IN_TRAINING, S.SELECTED),
    (S.COMPLETED, S.IN_TRAINING),
    (S.REVOKED, S.SELECTED),
    (S.REVOKED, S.IN_TRAINING),
    (S.WITHDRAWN, S.SUBMITTED),
}


@pytest.mark.parametrize("before", list(S))
@pytest.mark.parametrize("after", list(S))
def test_exactly_these_changes_are_allowed(before, after):
    assert states.may(before, after) == ((before, after) in ALLOWED)
    assert (after in states.next_states(before)) == ((before, after) in ALLOWED)


def test_every_application_begins_as_submitted():
    assert [state for state in S if states.may(None, state)] == [S.SUBMITTED]


def test_nobody_is_stuck_and_every_state_can_be_reached():
    reached, fresh = set(), {S.SUBMITTED}
    while fresh:
        reached |= fresh
        fresh = {after for before in fresh for after in states.next_states(before)} - reached
    assert reached == set(S)
    assert all(states.next_states(state) for state in S)


@given(st.lists(st.sampled_from(S), max_size=12))
def test_nobody_gets_a_place_without_having_been_in_the_selection(wanted):
    path = [S.SUBMITTED]
    path += [step for step in wanted if states.may(path[-1], step) and not path.append(step)]
    if S.SELECTED in path:
        before = path[: path.index(S.SELECTED)]
        # The one other way: left out wrongly with incomplete papers, then an added seat.
        assert S.IN_SELECTION in before or S.NOT_SELECTED in before


@pytest.mark.parametrize(
    ("before", "after", "takes"),
    [
        (S.SELECTED, S.REVOKED, True),
        (S.SELECTED, S.NOT_SELECTED, True),
        (S.SELECTED, S.RESERVE, True),
        (S.IN_TRAINING, S.REVOKED, True),
        (S.SELECTED, S.WITHDRAWN, False),  # the own wish
        (S.IN_TRAINING, S.SELECTED, False),
        (S.RESERVE, S.NOT_SELECTED, False),
        (S.IN_SELECTION, S.NOT_SELECTED, False),
        (S.RESERVE, S.SELECTED, False),
    ],
)
def test_which_changes_take_a_place_away(before, after, takes):
    assert states.takes_away(before, after) is takes


def test_editing_and_withdrawing():
    assert {state for state in S if states.editable(state)} == {S.SUBMITTED, S.NEEDS_FIX}
    assert {state for state in S if states.withdrawable(state)} == {
        S.SUBMITTED,
        S.NEEDS_FIX,
        S.IN_SELECTION,
        S.SELECTED,
        S.RESERVE,
        S.IN_TRAINING,
    }


def test_every_state_has_words_and_a_tag_that_the_style_sheet_knows():
    assert set(states.WORDS) == set(S)
    for words in states.WORDS.values():
        assert words.label
        assert words.sentence.endswith(".")
        assert words.tag in {"", "ok", "warn", "bad", "sea-bg"}
        assert words.icon


def test_every_reason_has_words_that_fit_the_ledger():
    assert set(reasons.WORDS) == set(Reason)
    for reason, words in reasons.WORDS.items():
        assert words.label
        assert not words.label.endswith(".")
        assert words.sentence.endswith(".")
        assert len(words.sentence.split()) <= 14, reason
        assert words.remedy == "" or words.remedy.endswith(".")
        assert len(reason.value) <= 30  # the column


def test_no_word_blames_or_claims_what_we_cannot_know():
    said = [w.sentence + w.remedy + w.label for w in reasons.WORDS.values()]
    said += [w.sentence + w.label for w in states.WORDS.values()]
    for text in said:
        for word in ("terverifikasi", "ditolak sistem", "gagal", "tidak lolos", "duplikat", "tidak valid"):
            assert word not in text.lower()


def test_a_person_asked_for_a_fix_is_always_told_what_to_do():
    for reason in reasons.FIX_REASONS:
        assert reasons.WORDS[reason].remedy


def test_what_staff_may_choose_has_no_doubles():
    for offered in (
        reasons.FIX_REASONS,
        reasons.RESULT_REASONS,
        reasons.REVOKE_REASONS,
        reasons.WITHDRAW_REASONS,
    ):
        assert len(set(offered)) == len(offered) > 0
