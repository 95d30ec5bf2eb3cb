from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from triage.errors import UsageError
from triage.sources import open_database

Command = Callable[..., tuple[int, str, str]]
TEXTS = ("水口镇路灯坏了", "", "老板拖欠工资😀\n三个月", "路边垃圾没人扫")


def fill(url: str) -> None:
    engine = sa.create_engine(url)
    table = sa.Table(
        "orders", sa.MetaData(), sa.Column("编号", sa.Integer(), primary_key=True), sa.Column("内容", sa.Text()), sa.Column("时间", sa.DateTime())
    )
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"编号": 100 - number, "内容": text, "时间": None} for number, text in enumerate(TEXTS)])
        connection.execute(sa.text("CREATE VIEW plain AS SELECT * FROM orders"))
    engine.dispose()


def test_rows_come_by_the_primary_key(database_url: str) -> None:
    fill(database_url)
    source = open_database(database_url, "orders")
    assert list(source.header) == ["编号", "内容", "时间"]
    assert [row.cells["编号"] for row in source.rows()] == ["97", "98", "99", "100"]
    first, *_ = source.rows()
    assert first.cells == {"编号": "97", "内容": "路边垃圾没人扫", "时间": ""}


def test_a_view_needs_an_order(database_url: str) -> None:
    fill(database_url)
    with pytest.raises(UsageError, match="--order-by") as caught:
        open_database(database_url, "plain")
    assert caught.value.code == "no_order"
    assert [row.cells["编号"] for row in open_database(database_url, "plain", "编号").rows()] == ["97", "98", "99", "100"]


def test_a_batch_from_a_table_to_a_table(database_url: str, toy: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fill(database_url)
    arguments = ("--from", database_url, "--table", "orders", "--model", toy)
    code, out, err = command("batch", *arguments, "--to", database_url, "--to-table", "answers")
    assert (code, out) == (3, "")
    assert err.startswith("4 rows written to table answers, 1 text_empty\n")
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM answers ORDER BY row_number")).mappings().all()
    engine.dispose()
    assert [row["编号"] for row in rows] == ["97", "98", "99", "100"]
    assert [row["unit_1_p"] is None for row in rows] == [False, False, True, False]
    assert list(tmp_path.glob("answers.job")) == []
    code, _, err = command("batch", *arguments, "--to", database_url, "--to-table", "answers")
    assert (code, "is there already" in err) == (2, True)
    assert command("batch", tmp_path / "out.csv", *arguments)[0] == 3
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()) == 5


@pytest.mark.parametrize(
    ("url", "table", "code"),
    [("sqlite:///{}/none.db", "orders", "no_such_table"), ("sqlite:////no/such/x.db", "orders", "no_such_folder"),
     ("nonsense", "orders", "bad_address"),
     ("postgresql://user:secret@127.0.0.1:1/x", "orders", "bad_database")],
)  # fmt: skip
def test_databases_that_cannot_be_read(url: str, table: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_database(url.format(tmp_path), table)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("in.csv",), "one output"), ((), "input file"), (("in.csv", "out.csv", "--table", "x"), "--from"),
     (("out.csv", "--from", "sqlite:///x"), "--table"),
     (("in.csv", "--to", "sqlite:///x"), "--to-table"), (("in.csv", "out.csv", "--from", "sqlite:///x", "--table", "t"), "one input"),
     (("in.csv", "out.csv", "--resume", "--restart"), "choose one")],
)  # fmt: skip
def test_options_that_do_not_go_together(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("text\n路灯坏了\n", encoding="utf-8")
    code, out, err = command("batch", *arguments)
    assert (code, out, words in err, err.count("\n")) == (2, "", True, 1)


@pytest.mark.parametrize("short", ["postgresql", "postgres"])
def test_short_addresses_of_postgresql_are_understood(short: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_database(f"{short}://127.0.0.1:9/none?connect_timeout=1", "orders")
    assert caught.value.code == "bad_database"  # read, and nobody answers
