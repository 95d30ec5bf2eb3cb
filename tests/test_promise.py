from typing import Any

import pytest

from triage.promise import NEVER, Lines, in_short, percent, sentence


def promise(**changes: Any) -> dict[str, Any]:
    facts = {
        "max_error": 0.03,
        "confidence": 0.95,
        "scheme": "all_units",
        "rows": 412,
        "profile": "kaiping@1+a",
        "auto": 169,
        "coverage": 0.4102,
        "reachable": None,
    }
    return {**facts, **changes}


def manifest(**changes: Any) -> dict[str, Any]:
    return {"thresholds": {"auto": 0.9}, **changes}


def test_without_a_promise_every_unit_has_the_common_line() -> None:
    lines = Lines.of(manifest(), "none")
    assert (lines.at("RS"), lines.at("anything"), lines.any, lines.promise) == (0.9, 0.9, True, "")
    assert not Lines.of({"thresholds": {"auto": NEVER}}, "none").any


def test_with_a_promise_a_unit_without_a_line_gets_nothing() -> None:
    lines = Lines.of(manifest(lines={"RS": 0.8}, promise=promise()), "kaiping@1+a")
    assert (lines.at("RS"), lines.at("CG"), lines.any) == (0.8, NEVER, True)
    assert lines.promise == "95 % 把握下错误率不超过 3 %"
    assert not Lines.of(manifest(lines={}, promise=promise()), "kaiping@1+a").any


def test_a_promise_proven_with_other_tables_says_so() -> None:
    lines = Lines.of(manifest(lines={"RS": 0.8}, promise=promise()), "kaiping@1+b")
    assert lines.promise == "95 % 把握下错误率不超过 3 %, 但城市表在验证后改过"
    assert lines.at("RS") == 0.8


@pytest.mark.parametrize("lines", [["RS"], {"RS": "high"}, {"RS": None}])
def test_lines_that_are_none_are_refused(lines: Any) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError)):
        Lines.of(manifest(lines=lines), "none")


@pytest.mark.parametrize(("share", "words"), [(0.03, "3 %"), (0.005, "0.5 %"), (0.95, "95 %"), (0.999, "99.9 %"), (1.0, "100 %"), (0.0, "0 %")])
def test_shares_are_written_as_on_paper(share: float, words: str) -> None:
    assert percent(share) == words


def test_the_promise_is_a_sentence_to_sign() -> None:
    assert sentence(promise()) == "在 95 % 的把握下, 自动派出的诉求错误率不超过 3 %, 可自动派出 41 %。"
    assert sentence(promise(scheme="per_unit")) == "在 95 % 的把握下, 自动派给每个单位的诉求, 各自错误率不超过 3 %, 可自动派出 41 %。"
    assert in_short(promise(max_error=0.005)) == "95 % 把握下错误率不超过 0.5 %"


def test_a_limit_out_of_reach_is_said_with_the_best_that_is_not() -> None:
    none = promise(max_error=0.001, auto=0, coverage=0.0, reachable={"max_error": 0.019, "coverage": 0.1214})
    assert sentence(none) == (
        "依据 412 件, 没有一条自动派单线能在 95 % 的把握下做到 0.1 %: 不会自动派出任何诉求; 最好能证明的是 1.9 %, 可自动派出 12 %。"
    )
    assert "各单位合在一起, 最好能证明的是 1.9 %" in sentence({**none, "scheme": "per_unit"})
    assert sentence({**none, "reachable": None}).endswith("任何错误率都证明不了。")
