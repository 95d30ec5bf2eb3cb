import pytest

from service.failures import ServiceError
from service.transitions import DISPATCHED, FINAL, NEW, OPEN, SHOWN, TRANSITIONS, after


def test_every_state_is_named_and_leads_to_states_that_exist() -> None:
    assert set(TRANSITIONS) == set(SHOWN)
    assert {state for moves in TRANSITIONS.values() for state in moves.values()} <= set(TRANSITIONS)


def test_every_state_is_reached_and_every_open_one_can_be_decided() -> None:
    reached = {NEW, *(state for moves in TRANSITIONS.values() for state in moves.values())}
    assert reached == set(TRANSITIONS)
    assert all("override" in TRANSITIONS[state] for state in OPEN)


def test_what_is_allowed_is_told_where_something_is_not() -> None:
    assert after(NEW, "accept") == DISPATCHED
    with pytest.raises(ServiceError, match="escalate, final, refuse") as caught:
        after(DISPATCHED, "accept")
    assert caught.value.code == "wrong_state"
    with pytest.raises(ServiceError, match="nothing any more"):
        after(FINAL, "accept")
