from training.evaluate_words import in_words

FIGURES = {"n": 1200, "hit1": 0.875, "hit1_95": [0.85, 0.9], "hit3": 0.96}


def test_a_terminal_gets_a_short_table() -> None:
    labels = [{"label": f"U{number}", "rows": 90 - number, "precision": 0.5, "recall": 0.25} for number in range(30)]
    told = in_words({"tasks": {"unit": {**FIGURES, "labels": labels}, "item": None}})
    assert "主办单位" in told and "87.5%" in told and "85.0% 至 90.0%" in told and "1,200" in told and "事项" not in told
    assert "U9 " in told and "U10" not in told and len(told.splitlines()) < 20
