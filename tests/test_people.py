from service import accounts, people
from service.database import Database


def test_names_on_screen(database: Database) -> None:
    with database.write() as connection:
        for name, shown in (("lihong", "李红"), ("lihong2", "李红"), ("wang", "王强"), ("bare", "")):
            accounts.create(connection, name, shown, 24)
    told = {
        "wang": "王强", "lihong": "李红 (lihong)", "lihong2": "李红 (lihong2)", "bare": "bare", "gone": "gone", "token:热线平台": "接口 热线平台",
        "token:demo": "接口 demo", "system": "系统", "shell": "命令行", "": "",
    }  # fmt: skip
    with database.read() as connection:
        assert people.shown(connection, told) == told
        assert people.shown(connection, []) == {}
