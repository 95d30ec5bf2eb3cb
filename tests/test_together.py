import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest

from service.together import MOST, Together
from triage import Engine
from triage.errors import RequestError
from triage.records import Request

TEXTS = ["水口镇泮村的路灯坏了半个月", "工地老板拖欠工资三个月不发", "楼下好大阵煤气味", "路边垃圾堆了半个月没人清理"]


class Slow:
    """An engine that holds its first batch until it is let go, and remembers the size of each."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.sizes, self.go = engine, list[int](), threading.Event()

    def suggest_many(self, requests: Sequence[Request], *, thorough: bool = False) -> list[Any]:
        self.sizes.append(len(requests))
        assert self.go.wait(20)
        if any(each.text == "坏" * 9 for each in requests):
            raise ZeroDivisionError
        return list(self._engine.suggest_many(requests, thorough=thorough))

    def explain(self, suggestion: Any, request: Request) -> Any:
        return self._engine.explain(suggestion, request)


def ask(engine: Any, requests: Sequence[Request], cancel: int = -1) -> list[Any]:
    async def all_of_them() -> list[Any]:
        together = Together()
        tasks = [asyncio.create_task(together.suggest(engine, each)) for each in requests]
        await asyncio.sleep(0.05)
        if cancel >= 0:
            tasks[cancel].cancel()
        if isinstance(engine, Slow):
            engine.go.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        together.close()
        return found

    return asyncio.run(all_of_them())


def test_each_gets_its_own_answer_as_if_it_had_asked_alone(toy_engine: Engine) -> None:
    requests = [Request(text, id=str(number)) for number, text in enumerate(TEXTS * 3)]
    for request, answer in zip(requests, ask(toy_engine, requests), strict=True):
        alone = json.loads(json.dumps(asdict(toy_engine.suggest(request))))
        told = json.loads(answer)
        assert (told["id"], told["decision"], told["type"]) == (request.id, alone["decision"], alone["type"])
        assert [(each["code"], each["reasons"]) for each in told["units"]] == [(each["code"], each["reasons"]) for each in alone["units"]]
        assert [each["p"] for each in told["units"]] == pytest.approx([each["p"] for each in alone["units"]], abs=1e-5)


def test_what_comes_while_one_is_made_becomes_one_batch(toy_engine: Engine) -> None:
    slow = Slow(toy_engine)
    ask(slow, [Request(TEXTS[number % 4]) for number in range(MOST + 5)])
    assert sum(slow.sizes) == MOST + 5 and len(slow.sizes) <= 3 and max(slow.sizes) <= MOST


def test_one_at_fault_fails_alone(toy_engine: Engine) -> None:
    slow = Slow(toy_engine)
    answers = ask(slow, [Request(TEXTS[0]), Request(" "), Request("坏" * 9), Request(TEXTS[1])])
    assert isinstance(answers[1], RequestError) and answers[1].code == "text_empty"
    assert isinstance(answers[2], ZeroDivisionError)
    assert isinstance(answers[0], bytes) and isinstance(answers[3], bytes)


def test_whoever_goes_away_holds_up_nobody(toy_engine: Engine) -> None:
    answers = ask(Slow(toy_engine), [Request(each) for each in TEXTS], cancel=1)
    assert [type(each) for each in answers] == [bytes, asyncio.CancelledError, bytes, bytes]


def test_it_is_full_once_the_next_batch_is(toy_engine: Engine) -> None:
    async def crowd() -> list[bool]:
        together, slow, found = Together(2), Slow(toy_engine), list[bool]()
        tasks = [asyncio.create_task(together.suggest(slow, Request(TEXTS[0])))]  # type: ignore[arg-type]
        await asyncio.sleep(0.05)  # the first is being made
        for _ in range(3):
            found.append(together.full)
            tasks.append(asyncio.create_task(together.suggest(slow, Request(TEXTS[1]))))  # type: ignore[arg-type]
            await asyncio.sleep(0)
        slow.go.set()
        await asyncio.gather(*tasks)
        together.close()
        return found

    assert asyncio.run(crowd()) == [False, False, True]
