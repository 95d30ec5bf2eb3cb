import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from service import intake
from service.app import create_app
from service.settings import Settings
from service.tables import imports, originals, requests
from tests.desks import Desk, Person, code
from triage import Engine

HEAD = ("工单编号", "诉求标题", "诉求内容", "受理时间", "联系人", "联系电话")
ROWS = (
    ("GD-1", "路灯不亮", "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下", "2026-11-20 09:30", "王小明", "13800138000"),
    ("GD-2", "", "老板拖欠我三个月工资, 我的电话 13900139000", "2026-11-21", "", ""),
    ("GD-3", "", "。", "", "", ""),
)


@pytest.fixture
def desk(toy_engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0), load=lambda _: toy_engine)) as ready:
        yield ready


@pytest.fixture
def boss(desk: Desk) -> Person:
    return desk.person("supervisor")


def table(rows: Any = ROWS, head: Any = HEAD, encoding: str = "utf-8-sig") -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made).writerows([head, *rows])
    return made.getvalue().encode(encoding)


def workbook(rows: Any = ROWS) -> bytes:
    book = Workbook()
    for row in (HEAD, *rows):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def send(who: Person, url: str, body: bytes) -> httpx.Response:
    cookie = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
    return who._desk.call("POST", f"/api/v1{url}", content=body, headers={**who.headers, "cookie": cookie})


def count(desk: Desk, what: Any = requests) -> int:
    with desk.state.store.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(what)).scalar_one())


@pytest.mark.parametrize(
    "body", [table(), table(encoding="gb18030"), table(encoding="utf-16"), workbook()], ids=["utf-8", "gb18030", "utf-16", "xlsx"]
)
def test_a_file_is_looked_at_and_nothing_is_kept(desk: Desk, boss: Person, body: bytes) -> None:
    told = send(boss, "/imports/check?name=a.csv", body).json()
    assert (told["rows"], told["failed"], told["known"], told["before"]) == (3, 1, 0, None)
    assert {"text": "诉求内容", "title": "诉求标题", "id": "工单编号", "contact.phone": "联系电话"}.items() <= told["columns"].items()
    assert [(each["row"], each["code"]) for each in told["errors"]] == [(4, "text_empty")]
    assert [each["id"] for each in told["preview"]] == ["GD-1", "GD-2", "GD-3"]
    assert told["preview"][0]["unit"]
    assert "13900139000" not in str(told) and "王小明" not in str(told)
    assert count(desk) == count(desk, imports) == 0


@pytest.mark.parametrize("body", [table(), workbook()], ids=["csv", "xlsx"])
def test_rows_are_kept_once_however_often_the_file_comes(desk: Desk, boss: Person, body: bytes) -> None:
    first = send(boss, "/imports/files?name=a", body)
    assert {"rows": 3, "created": 2, "replayed": 0, "failed": 1, "replay": False}.items() <= first.json().items()
    again = send(desk.person("supervisor", "other"), "/imports/files?name=b", body)
    assert (again.headers["idempotent-replay"], again.json()["created"], again.json()["name"]) == ("true", 2, "a")
    assert count(desk) == 2 and count(desk, originals) == 2
    assert [each["id"] for each in boss.get("/imports").json()["imports"]] == [first.json()["id"]]
    assert send(boss, "/imports/check", body).json()["before"]["made_by"] == "supervisor-1"
    found = boss.get("/requests").json()["requests"]
    assert {each["ref"] for each in found} == {"GD-1", "GD-2"}
    assert boss.get(f"/requests/{found[-1]['id']}").json()["has_contact"] is True


def test_a_number_that_is_known_is_not_kept_again_from_another_file(desk: Desk, boss: Person) -> None:
    desk.machine().post("/requests", {"text": ROWS[0][2], "id": "GD-1"})
    told = send(boss, "/imports/files", table()).json()
    assert (told["created"], told["replayed"], told["failed"]) == (1, 1, 1)
    assert count(desk) == 2


def test_what_fails_in_the_middle_leaves_nothing(desk: Desk, boss: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, seen = intake.keep, []

    def breaking(*given: Any) -> dict[str, Any]:
        seen.append(given)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return keep(*given)

    with monkeypatch.context() as broken:
        broken.setattr(intake, "keep", breaking)
        with pytest.raises(KeyboardInterrupt):
            send(boss, "/imports/files", table())
    assert count(desk) == count(desk, imports) == 0
    assert send(boss, "/imports/files", table()).json()["created"] == 2


def test_the_column_of_the_text_may_be_told(boss: Person) -> None:
    body = table(head=("号", "题", "话", "时", "人", "电"))
    refused = send(boss, "/imports/check", body)
    assert code(refused) == (422, "missing_column")
    assert refused.json()["error"]["fields"]["columns"].split("\t")[2] == "话"
    assert send(boss, "/imports/check?text=话", body).json()["columns"]["text"] == "话"
    assert code(send(boss, "/imports/check?text=没有", body)) == (422, "missing_column")


@pytest.mark.parametrize(("body", "expected"), [
    (b"", (422, "empty_file")), (b"\n\n", (422, "empty_file")), (b"PK\x03\x04", (422, "bad_archive")), (b"\xd0\xcf\x11\xe0", (415, "wrong_type")),
    (b"%PDF-1.7\0\0", (415, "wrong_type")), (table(head=("内容", "内容", "a", "b", "c", "d")), (422, "duplicate_column")),
    (table([("1", "", "x", "", "", "")] * (intake.MOST_ROWS + 1)), (413, "too_many_rows")),
])  # fmt: skip
def test_what_is_no_table_is_refused(desk: Desk, boss: Person, body: bytes, expected: tuple[int, str]) -> None:
    for url in ("/imports/check", "/imports/files"):
        answer = send(boss, url, body)
        assert code(answer) == expected
        assert "/tmp" not in answer.text
    assert count(desk, imports) == 0


def test_too_large_a_file_is_refused_before_it_is_read(toy_engine: Engine, tmp_path: Path) -> None:
    with Desk(create_app(Settings(data=tmp_path, reload_seconds=0, max_body=2000), load=lambda _: toy_engine)) as desk:
        assert code(send(desk.person("supervisor"), "/imports/files", table(ROWS * 30))) == (413, "body_too_large")


def test_bad_rows_are_told_by_their_row(boss: Person) -> None:
    rows = [
        *ROWS,
        ("GD-4", "", "一" * 50_001, "", "", ""),
        ("x" * 501, "", "路灯坏了", "", "", ""),
        ("GD-6", "", "路灯坏了", "今" * 70, "", ""),
        ("短",),
    ]
    errors = send(boss, "/imports/check", table(rows)).json()["errors"]
    assert [(each["row"], each["code"]) for each in errors] == [
        (4, "text_empty"), (5, "text_too_long"), (6, "bad_body"), (7, "bad_body"), (8, "ragged_row"),
    ]  # fmt: skip
    assert "路灯" not in str(errors)


def test_a_formula_is_told(boss: Person) -> None:
    told = send(boss, "/imports/check", workbook([("GD-1", "", "=A1", "", "", "")])).json()
    assert told["errors"][0]["row"] == 2 and "formula" in told["errors"][0]["message"]


def test_only_who_may_import_imports(desk: Desk, boss: Person) -> None:
    for who in (desk.person("operator"), desk.person("system_admin"), desk.person("auditor")):
        for url in ("/imports/check", "/imports/files"):
            assert code(send(who, url, table())) == (403, "no_right")
    boss.headers.clear()
    assert code(send(boss, "/imports/files", table())) == (403, "bad_csrf")
    assert count(desk) == 0


@pytest.mark.parametrize("url", ["/imports/check?name=a.csv", "/imports/files?name=a.csv"])
def test_a_form_is_refused_by_name(desk: Desk, boss: Person, url: str) -> None:
    told = {**boss.headers, "cookie": "; ".join(f"{name}={value}" for name, value in boss.cookies.items())}
    form = desk.call("POST", f"/api/v1{url}", files={"file": ("a.csv", table())}, headers=told)
    assert code(form) == (415, "wrong_type") and "--data-binary" in form.json()["error"]["message"]
    bare = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + table() + b"\r\n--x--\r\n"
    assert code(send(boss, url, bare)) == (415, "wrong_type")
    assert count(desk) == 0
