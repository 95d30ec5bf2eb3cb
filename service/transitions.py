"""What may happen to a request in which state. A new state or action is an edit of this table."""

from collections.abc import Mapping

from service.failures import refuse

NEW, DISPATCHED, RETURNED, DISPUTED, FINAL, CLOSED = "new", "dispatched", "returned", "disputed", "final", "closed"

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    NEW: {"claim": NEW, "release": NEW, "auto": DISPATCHED, "accept": DISPATCHED, "choose": DISPATCHED, "override": DISPATCHED, "close": CLOSED},
    DISPATCHED: {"refuse": RETURNED, "escalate": DISPUTED, "final": FINAL},
    RETURNED: {"claim": RETURNED, "release": RETURNED, "accept": DISPATCHED, "choose": DISPATCHED, "override": DISPATCHED, "close": CLOSED},
    DISPUTED: {"claim": DISPUTED, "release": DISPUTED, "override": DISPATCHED, "close": CLOSED},
    FINAL: {},
    CLOSED: {},
}
"""State → action → the state after it."""

SHOWN: Mapping[str, str] = {
    NEW: "待分办", DISPATCHED: "已派单", RETURNED: "已退单", DISPUTED: "争议待裁定", FINAL: "已定责", CLOSED: "已关闭",
}  # fmt: skip
"""State → its name on screen."""

OPEN = (NEW, RETURNED, DISPUTED)
"""States in which somebody has to decide."""

ESCALATING = 2
"""The refusal that makes a dispute of it."""


def after(state: str, action: str) -> str:
    """The state after ``action``. Raises ``wrong_state`` where the table does not allow it."""
    allowed = TRANSITIONS[state]
    if action not in allowed:
        told = ", ".join(sorted(allowed)) or "nothing any more"
        raise refuse("wrong_state", f"{action!r} is not possible while the request is {state!r}. Possible: {told}. Read the request again.")
    return allowed[action]
