"""Who is meant by a name in the store, in words for the screen: people by their own name, machines by what they are called."""

from collections import Counter
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from service.tables import accounts

_TOKEN = "token:"  # noqa: S105 - how a machine's name begins
_OURS: Mapping[str, str] = {
    "system": "系统",
    "shell": "命令行",
    "schedule": "定时任务",
    "set-up": "首次设置",
    "auto": "自动派单",
    "synthetic": "合成演示",
    "": "",
}


def shown(connection: sa.Connection, names: Iterable[str]) -> dict[str, str]:
    """Each name with what it is called on screen; with the account's name behind it where two people are called alike."""
    wanted = set(names)
    logins = sorted(each for each in wanted if each not in _OURS and not each.startswith(_TOKEN))
    called = Counter[str]()
    own: dict[str, str] = {}
    if logins:
        for name, words in connection.execute(sa.select(accounts.c.name, accounts.c.shown).where(accounts.c.shown != "")):
            called[words] += 1
            own[name] = words
    return {each: _words(each, own.get(each, each), called) for each in wanted}


def _words(name: str, words: str, called: Counter[str]) -> str:
    if name in _OURS:
        return _OURS[name]
    if name.startswith(_TOKEN):
        return f"接口 {name.removeprefix(_TOKEN)}"
    return f"{words} ({name})" if called[words] > 1 else words
