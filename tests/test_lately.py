from service import lately
from service.lately import SECONDS, Lately


def test_it_is_known_for_some_seconds_and_for_these_credentials_alone() -> None:
    moment = [100.0]
    known = Lately(lambda: moment[0])
    assert not known.has(("", "cookie", "csrf"))
    known.add(("", "cookie", "csrf"))
    assert known.has(("", "cookie", "csrf"))
    assert not known.has(("", "cookie", "")) and not known.has(("cookie", "", "csrf")) and not known.has(("", "cookiecsrf", ""))
    moment[0] += SECONDS
    assert not known.has(("", "cookie", "csrf"))


def test_it_never_grows_without_end(monkeypatch: object) -> None:
    moment = [100.0]
    known = Lately(lambda: moment[0])
    for number in range(lately._MOST + 10):
        known.add((str(number),))
    assert not known.has((str(lately._MOST + 5),))  # looked up at every call, then
    moment[0] += SECONDS
    known.add(("new",))
    assert known.has(("new",)) and len(known._until) == 1
