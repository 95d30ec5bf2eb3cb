"""The first stages: a request as received to a text that may be learnt from, and the place it is about."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from triage import mask, normalize
from triage.errors import RequestError
from triage.locate import Gazetteer
from triage.records import PLACE, CleanText, Place, Refusal, Request, Span

_TEXTS = ("text", "title", "id", "caller_kind", "place", "channel", "received_at")


class Reading(NamedTuple):
    """A request after the first stages: ``plain`` is the normalized title and text, unmasked."""

    plain: str
    clean: CleanText
    place: Place


def read_requests(requests: Sequence[Request], gazetteer: Gazetteer) -> list[Reading | RequestError]:
    """Normalize, mask and locate; what cannot be read is returned as its error. Training and serving both begin here."""
    errors = [_malformed(request) or normalize.refuse(request) for request in requests]
    good = [request for request, error in zip(requests, errors, strict=True) if error is None]
    n = len(good)
    plain = normalize.normalize([*(request.title for request in good), *(request.text for request in good)])
    found = mask.find(plain)
    masked = [mask.mask(text, each) if each else text for text, each in zip(plain, found, strict=True)]
    whole = [f"{title}\n{text}" if title else text for title, text in zip(plain[:n], plain[n:], strict=True)]
    places = gazetteer.locate(normalize.normalize([request.answers.get(PLACE) or request.place for request in good]), whole)
    readings = iter(
        [Reading(whole[row], CleanText(masked[row], masked[n + row], _spans(found[row], found[n + row])), places[row]) for row in range(n)]
    )
    return [error if error is not None else next(readings) for error in errors]


def _malformed(request: Request) -> RequestError | None:
    """Why the fields of a request are not of their type, or None: one caller's mistake must not fail the others."""
    texts = (request.text, request.title, request.id, request.caller_kind, request.place, request.channel, request.received_at)
    if any(map(_is_no_text, texts)):
        name, value = next((name, value) for name, value in zip(_TEXTS, texts, strict=True) if _is_no_text(value))
        return RequestError(f"{name} is {type(value).__name__}, not text. Leave it empty when it is not known.", "bad_request")
    if not (request.answers or request.refused) and type(request.answers) is dict and type(request.refused) is tuple:
        return None
    if not isinstance(request.answers, Mapping) or not all(isinstance(word, str) for pair in request.answers.items() for word in pair):
        return RequestError("answers: not a mapping of text to text. Use issue: code, or leave it empty.", "bad_request")
    if not isinstance(request.refused, Sequence) or not all(_is_refusal(each) for each in request.refused):
        return RequestError("refused: not a sequence of Refusal with texts. Leave it empty when nobody refused.", "bad_request")
    return None


def _is_no_text(value: object) -> bool:
    return not isinstance(value, str)


def _is_refusal(each: object) -> bool:
    return isinstance(each, Refusal) and all(isinstance(word, str) for word in (each.unit, each.reason, each.area))


def _spans(title: Sequence[mask.Found], text: Sequence[mask.Found]) -> tuple[Span, ...]:
    if not title and not text:
        return ()
    return (*(Span("title", *found) for found in title), *(Span("text", *found) for found in text))
