"""The first stages: a request as received to a text that may be learnt from, and the place it is about."""

from collections.abc import Sequence
from typing import NamedTuple

from triage import mask, normalize
from triage.errors import RequestError
from triage.locate import Gazetteer
from triage.records import PLACE, CleanText, Place, Request, Span


class Reading(NamedTuple):
    """A request after the first stages: ``plain`` is the normalized title and text, unmasked."""

    plain: str
    clean: CleanText
    place: Place


def read_requests(requests: Sequence[Request], gazetteer: Gazetteer) -> list[Reading | RequestError]:
    """Normalize, mask and locate; what cannot be read is returned as its error. Training and serving both begin here."""
    errors = [normalize.refuse(request) for request in requests]
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


def _spans(title: Sequence[mask.Found], text: Sequence[mask.Found]) -> tuple[Span, ...]:
    if not title and not text:
        return ()
    return (*(Span("title", *found) for found in title), *(Span("text", *found) for found in text))
