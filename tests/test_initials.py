import pytest

from service.initials import initials


@pytest.mark.parametrize(("name", "expected"), [("水口镇", "skz"), ("人社局", "rsj"), ("5G基站 (A)", "5gjza"), ("", ""), ("〔〕。", "")])
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected
