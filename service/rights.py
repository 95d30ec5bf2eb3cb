"""Who may do what: one table. The three administrators are separated 三员分立: none of them sees requests, none can do what
another does, and nobody has two roles."""

from collections.abc import Mapping

from service.failures import refuse

OPERATOR, ANALYST, SUPERVISOR = "operator", "analyst", "supervisor"
SYSTEM, SECURITY, AUDITOR = "system_admin", "security_admin", "auditor"
PLATFORM = "platform"

SHOWN: Mapping[str, str] = {
    OPERATOR: "话务员", ANALYST: "分析员", SUPERVISOR: "班长", SYSTEM: "系统管理员", SECURITY: "安全管理员", AUDITOR: "审计员", PLATFORM: "热线平台",
}  # fmt: skip
"""Role → its name on screen."""

_DESK = ("suggest", "request.create", "request.read", "request.decide", "request.refuse", "request.final", "request.feedback",
         "request.unmask", "request.phone",
         "figures.own", "profile.read")  # fmt: skip
_TAGS = ("tag.write", "tag.mark")

RIGHTS: Mapping[str, frozenset[str]] = {
    OPERATOR: frozenset(_DESK),
    ANALYST: frozenset({"suggest", "request.read", "figures.all", "export", "profile.read", *_TAGS}),
    SUPERVISOR: frozenset({*_DESK, "request.dispute", "request.import", "request.reporter", "figures.all", "export", "switch.write", *_TAGS}),
    SYSTEM: frozenset({"profile.read", "version.read", "profile.write", "model.write", "metrics.read", "account.read", "account.create"}),
    SECURITY: frozenset({"account.read", "account.grant", "account.lock", "account.invite", "account.bind", "token.write"}),
    AUDITOR: frozenset({"account.read", "audit.read", "version.read"}),
    PLATFORM: frozenset(
        {
            "suggest",
            "request.create",
            "request.read",
            "request.import",
            "request.auto",
            "request.refuse",
            "request.final",
            "request.feedback",
            "feed.read",
            "profile.read",
        }
    ),
}
"""Role → what it may do. ``platform`` is for machines only, the others are for people."""

PEOPLE = tuple(role for role in RIGHTS if role != PLATFORM)
ADMINISTRATORS = (SYSTEM, SECURITY, AUDITOR)


def of(role: str) -> frozenset[str]:
    """The rights of a role; none for an account that was granted no role yet."""
    return RIGHTS.get(role, frozenset())


def known(role: str, people: bool) -> str:
    """The role itself. Raises ``unknown_role`` for one that is not there, or not for whom it is meant."""
    allowed = PEOPLE if people else (PLATFORM,)
    if role not in allowed:
        raise refuse("unknown_role", f"no role {role!r} for {'people' if people else 'machines'}. Use one of {', '.join(allowed)}.")
    return role
