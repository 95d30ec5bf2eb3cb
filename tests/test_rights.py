import pytest

from service import rights
from service.failures import ServiceError


def test_every_role_has_a_name_and_rights() -> None:
    assert set(rights.RIGHTS) == set(rights.SHOWN)
    assert all(rights.RIGHTS.values())


def test_the_three_administrators_are_separated() -> None:
    held = [rights.of(role) - {"account.read", "profile.read", "version.read"} for role in rights.ADMINISTRATORS]
    assert not (held[0] & held[1] or held[1] & held[2] or held[0] & held[2])
    for role in rights.ADMINISTRATORS:
        assert not any(right.startswith(("request.", "export", "feed", "suggest")) for right in rights.of(role))
    others = frozenset().union(*(rights.of(role) for role in rights.RIGHTS if role not in rights.ADMINISTRATORS))
    assert not any(right.startswith(("account.", "token.", "audit.")) for right in others)


def test_a_reporter_is_for_supervisors_only() -> None:
    assert [role for role in rights.RIGHTS if "request.reporter" in rights.of(role)] == [rights.SUPERVISOR]


def test_without_a_role_there_is_no_right() -> None:
    assert rights.of("") == frozenset()


@pytest.mark.parametrize(("role", "people"), [("boss", True), ("platform", True), ("operator", False), ("", True)])
def test_roles_are_for_whom_they_are_meant(role: str, people: bool) -> None:
    with pytest.raises(ServiceError) as caught:
        rights.known(role, people)
    assert caught.value.code == "unknown_role"
