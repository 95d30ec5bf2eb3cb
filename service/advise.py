"""From a call to what is stored: asks the engine, checks codes against the city's tables, hides personal data in free words."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from service import automation, hiding, outcomes, store
from service.failures import refuse
from service.forms import AutoIn, DecisionIn, FinalIn, KeptIn, RefusalStoredIn, StoredIn
from service.identity import Contact
from service.state import State
from service.store import Choice, Draft
from service.tables import decisions, requests, suggestions
from service.transitions import DISPATCHED
from service.views import suggestion as shown
from triage.records import Refusal, Request, Suggestion

REPORT = "举报"
_SHORTEST_REASON = 2


def draft(state: State, body: KeptIn) -> tuple[Draft, Suggestion]:
    """A request and what the engine says of it, by the reading that was on screen. Raises RequestError where it cannot be read."""
    record = body.record(state.adviser.now().isoformat(timespec="seconds"))
    adviser = state.adviser.fast if body.reading == "fast" else state.adviser
    return drafted(body, record, adviser.suggest(record))


def drafted(body: StoredIn, record: Request, found: Suggestion) -> tuple[Draft, Suggestion]:
    """A report is confidential whether anybody said so or not."""
    return Draft(record, Contact(**body.contact.model_dump()), body.confidential or found.type == REPORT), found


def again(state: State, connection: sa.Connection, request: int, answers: dict[str, str], place: str) -> Request:
    """A stored request as the engine reads it, with what is known by now: answers, place, who sent it back."""
    store.head(connection, request)
    row = connection.execute(sa.select(requests).where(requests.c.id == request)).one()
    return store.as_received(connection, state.keys, row, answers, place)


def choice(state: State, connection: sa.Connection, request: int, body: DecisionIn) -> Choice:
    """What a decision says, completed from the suggestion that was on screen. Raises ``unknown_code``, ``unknown_suggestion``,
    ``reason_needed``, ``town_needed`` or ``bad_value``."""
    reason = hide(body.reason)
    if body.action in ("override", "close"):
        need_reason(body.reason)
    found = _suggestion(connection, request, body.suggestion)
    if body.action == "close":
        return Choice(reason=reason, suggestion=body.suggestion)
    candidates = found["units"] if found is not None else []
    unit, area = body.unit, body.area
    if body.action == "accept":
        if not candidates:
            raise refuse("bad_value", "suggestion: there is no candidate to accept. Name the suggestion on screen, or override with a unit.")
        if unit and (unit, area) != (candidates[0]["code"], candidates[0]["area"]):
            raise refuse("bad_value", "unit: to accept means the first candidate. Choose or override for another.")
        unit, area = candidates[0]["code"], candidates[0]["area"]
    elif body.action == "choose" and (unit, area) not in [(each["code"], each["area"]) for each in candidates]:
        raise refuse("bad_value", "unit: none of the suggestion's candidates (unit and area). Override, with a reason, for any other.")
    item = body.item or (found["items"][0]["code"] if found is not None and found["items"] else "")
    helpers = tuple(body.co_units) if body.co_units is not None else tuple(each["code"] for each in found["co_units"]) if found is not None else ()
    for each in (unit, *helpers):
        check_unit(state, each)
    check_area(state, area)
    check_town(state, unit, area)
    check_item(state, item)
    return Choice(unit, area, item, tuple(each for each in helpers if each != unit), reason, body.suggestion)


def automatic(state: State, connection: sa.Connection, request: int, body: AutoIn) -> Choice:
    """What goes out by itself: the first candidate. Raises ``not_automatic`` where the suggestion does not say so, or it was switched
    off or suspended since."""
    chosen = choice(state, connection, request, DecisionIn(version=body.version, action="accept", suggestion=body.suggestion))
    if not outcomes.first_candidate(connection, request, body.suggestion):
        raise refuse("not_automatic", f"suggestion {body.suggestion} does not say that it may go out by itself. Let a person decide.")
    read_by = outcomes.model_of(connection, body.suggestion)
    if not automation.read(connection).of(state.promised(read_by)).may(chosen.unit, chosen.area):
        raise refuse("not_automatic", "automatic dispatch to this unit is switched off or suspended now. Let a person decide.")
    return chosen


def refusal(state: State, connection: sa.Connection, request: int, body: RefusalStoredIn) -> tuple[Refusal, str]:
    """A refusal with its note. Raises ``unknown_code`` for a reason that is not in the table."""
    had = _sent_to(connection, request)
    unit = body.unit or had.unit
    area = body.area or (had.area if unit == had.unit else "")
    check_unit(state, unit)
    check_area(state, area)
    known = state.profile.refusals if state.profile is not None else {}
    allowed = [name for name, row in known.items() if row.move != "escalate"]
    if known and body.reason not in allowed:
        raise refuse("unknown_code", f"reason: not in refusals.csv. Use one of {', '.join(allowed)}.")
    if not known:
        need_reason(body.reason)
    return Refusal(unit, body.reason if known else hide(body.reason), area), hide(body.note)


def final(state: State, connection: sa.Connection, request: int, body: FinalIn) -> Choice:
    """The final unit; where nothing else is said, the one that has it."""
    had = _sent_to(connection, request)
    unit = body.unit or had.unit
    area = body.area or (had.area if unit == had.unit else "")
    check_unit(state, unit)
    check_area(state, area)
    check_town(state, unit, area)
    check_item(state, body.item)
    return Choice(unit, area, body.item or had.item)


def check_unit(state: State, code: str) -> None:
    """Raises ``unknown_code`` for a unit that is not there today. Without tables every code is taken."""
    units = state.profile.units if state.profile is not None else None
    if not code or (units is not None and (code not in units or _today(state) not in units[code].period)):
        raise refuse("unknown_code", "unit: no such unit today. Use a code of units.csv (GET /api/v1/profile).")


def check_area(state: State, code: str) -> None:
    """Raises ``unknown_code`` for a town that is not there."""
    if code and state.profile is not None and code not in state.profile.towns:
        raise refuse("unknown_code", "area: no such town. Use a code of towns.csv (GET /api/v1/profile).")


def check_town(state: State, unit: str, area: str) -> None:
    """Raises ``town_needed`` for the town unit without a town: it stands for all towns, so nobody would get the request."""
    if state.profile is not None and unit == state.profile.town_unit and not area:
        raise refuse("town_needed", "area: which town is it? Ask the caller, then name its code of towns.csv (GET /api/v1/profile).")


def check_item(state: State, code: str) -> None:
    """Raises ``unknown_code`` for an item that is not there."""
    if code and state.profile is not None and code not in state.profile.items:
        raise refuse("unknown_code", "item: no such item. Use a code of items.csv (GET /api/v1/profile).")


def need_reason(words: str) -> None:
    """Raises ``reason_needed`` for words that say nothing."""
    if sum(char.isalnum() for char in words) < _SHORTEST_REASON:
        raise refuse("reason_needed", "reason: say why, in a few words.")


def hide(words: str) -> str:
    """Free words without personal data, in the form in which texts are kept."""
    return hiding.hide(words)


def _today(state: State) -> date:
    return state.adviser.now().date()


def _suggestion(connection: sa.Connection, request: int, number: int | None) -> dict[str, Sequence[dict[str, str]]] | None:
    if number is None:
        return None
    chosen = sa.select(suggestions).where(suggestions.c.id == number, suggestions.c.request_id == request)
    row = connection.execute(chosen).one_or_none()
    if row is None:
        raise refuse("unknown_suggestion", f"suggestion: request {request} has no suggestion {number}. Read it again.")
    found: dict[str, Sequence[dict[str, str]]] = shown(row)["shown"]
    return found


def _sent_to(connection: sa.Connection, request: int) -> Choice:
    """Where the request is now; nowhere when it was not sent anywhere."""
    seen = store.head(connection, request)
    chosen = sa.select(decisions).where(decisions.c.request_id == request, decisions.c.version == seen.version)
    row = connection.execute(chosen).one_or_none() if seen.state == DISPATCHED else None
    return Choice(row.unit, row.area, row.item) if row is not None else Choice()
