from datetime import timedelta

from service import accounts, store, team
from service.audit import Who
from service.database import Database, now
from service.store import Choice
from tests.stores import call, make

LONG, SHORT = timedelta(days=1), timedelta(minutes=10)


def test_each_is_shown_with_what_they_hold_and_did(database: Database) -> None:
    numbers = [make(database, "路灯坏了") for _ in range(4)]
    with database.write() as connection:
        for name, role in (("lihong", "operator"), ("banzhang", "supervisor"), ("xitong", "system_admin"), ("tingyong", "operator")):
            account, _ = accounts.create(connection, name, f"{name} 姓名", 24)
            accounts.grant(connection, account.id, role)
            if name == "tingyong":
                accounts.disable(connection, account.id, True)
        who = Who("lihong")
        store.decide(connection, who, numbers[0], 1, "accept", Choice("ZJ"), call())
        store.decide(connection, who, numbers[1], 1, "override", Choice("GA", reason="改派"), call())
        store.hold(connection, who, numbers[2], 1, "claim", call())
    with database.read() as connection:
        first, second = team.day(connection, now() - LONG, now() + LONG, SHORT)
        assert (first["name"], first["shown"], first["open"], first["seen_at"]) == ("lihong", "lihong 姓名", 1, "")
        assert (first["dispatched"], first["accepted"], first["chosen"], first["overridden"], first["within_target"]) == (2, 1, 0, 1, 2)
        assert (second["name"], second["dispatched"], second["median_seconds"]) == ("banzhang", 0, None)
        assert team.day(connection, now() + LONG, now() + 2 * LONG, SHORT)[0]["dispatched"] == 0
