"""What becomes of a request of the demo city: who decides, who sends it back and why, who has it in the end. Nothing is measured:
the shares and durations below are guesses that give every page something to show."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.demo_plan import Arrival
from service.feedback import RESOLVED, SATISFIED, Told
from service.store import Choice
from service.transitions import ESCALATING, NEW, TRANSITIONS, after
from triage.profile import Profile
from triage.records import Refusal, Suggestion
from triage.succession import heirs

AUTO, PLATFORM, SUPERVISOR = "auto", "token:demo", "banzhang"
OPERATORS = ("huawuyuan", *(f"huawu{number:02}" for number in range(1, 12)))
_BY_ITSELF = AUTO if AUTO in TRANSITIONS[NEW] else "accept"
_HARD = 0.07
_CLOSED = 0.035
_ASKED = 0.75
_LATEST = timedelta(hours=30)
_NOTES = {
    "属地不符": "事发地不在我单位辖区。", "权属不清": "该处权属尚未确定，请先会商。", "职能交叉": "该事项主管部门另有其人，我单位为配合。",
    "信息不全": "缺少具体地址，无法到场。", "已有主办件": "已有相同工单在办。", "其他": "经核不属我单位职责。",
}  # fmt: skip
_CLOSINGS = ("与在办工单重复，已并单告知来电人。", "已进入诉讼程序，告知法定途径。", "来电人当场撤回诉求。", "电话已当场解答，无需转办。")
_OVERRIDES = ("事发地由该单位管理", "近期同类件均由该单位办理", "涉及执法，应由该单位主办", "职责清单写明由该单位负责", "上次退单后会商确定")


@dataclass(frozen=True, slots=True)
class Step:
    """One event, in UTC without offset, with its detail where it has one."""

    at: datetime
    version: int
    action: str
    state: str
    owner: str
    made_by: str
    detail: Choice | Refusal | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Era:
    """From which city day requests go out by themselves, and until when (UTC) anything has happened."""

    aided: date
    until: datetime


class Lives:
    """Lives requests one after the other; ``chance`` decides, and nothing else."""

    def __init__(self, profile: Profile, era: Era, chance: random.Random) -> None:
        self._profile, self._era, self._chance = profile, era, chance
        self._stubborn = {unit: chance.uniform(0.4, 1.8) for unit in profile.units}
        self._reasons = [each for each in _NOTES if each in profile.refusals]

    def live(self, arrival: Arrival, came: datetime, found: Suggestion) -> list[Step]:
        """All events up to the end of the era, from the one that creates it. ``came``: the arrival in UTC."""
        steps: list[Step] = []
        for step in self._all(arrival, came, found):
            if step.at >= self._era.until:
                break
            steps.append(step)
        return steps

    def owner(self, arrival: Arrival, found: Suggestion) -> tuple[str, str]:
        """Unit and town that are right: as the example says, its heir where it ended; for some, what the engine put second."""
        day = arrival.at.date()
        if self._chance.random() < _HARD and not arrival.planted and len(found.units) > 1:
            return found.units[1].code, found.units[1].area
        told = arrival.example
        town = told.town or found.place.town
        if told.unit == self._profile.town_unit:
            town = town or self._chance.choice(sorted(self._profile.towns))
            acting = self._profile.acting(told.unit, town, day)
            return acting, town if acting == self._profile.town_unit else ""
        return next(iter(heirs(self._profile.units, told.unit, day)), told.unit), ""

    def fed_back(self, steps: Sequence[Step], lasting: bool = False) -> tuple[datetime, Told] | None:
        """What the caller said afterwards, and when that came in; None where nobody asked, or not yet. ``lasting``: of a matter that comes back,
        which is seldom resolved."""
        chance, last = self._chance, steps[-1]
        if last.action != "final" or chance.random() > _ASKED:
            return None
        late = any(each.action in ("refuse", "escalate") for each in steps)
        contacted = last.at + timedelta(hours=chance.lognormvariate(2.0, 0.8))
        closed = contacted + timedelta(days=chance.lognormvariate(0.5 + 0.5 * late, 0.7))
        told = closed + timedelta(hours=chance.uniform(2, 60))
        if told >= self._era.until:
            return None
        resolved = chance.choices(RESOLVED, (15, 30, 45, 10) if lasting else (62, 15, 13 + 8 * late, 10))[0]
        satisfied = chance.choices(SATISFIED, (20, 18, 48, 12, 2) if resolved == "未解决" else (64, 16, 7 + 5 * late, 11, 2))[0]
        return told, Told(chance.random() > 0.06 + 0.1 * late, contacted, closed, resolved, satisfied, chance.random() < 0.03)

    def _all(self, arrival: Arrival, came: datetime, found: Suggestion) -> Iterator[Step]:
        chance, aided = self._chance, arrival.at.date() >= self._era.aided
        if arrival.disputed and found.units:
            yield from self._disputed(came, found)
            return
        right = self.owner(arrival, found)
        entered = PLATFORM if arrival.example.channel in ("网站", "微信", "粤商通") else chance.choice(OPERATORS)
        at, version, state = came, 1, NEW
        yield Step(at, version, "create", state, "", entered)
        urgent = found.urgency != "一般"
        if aided and found.decision == "auto" and found.units:
            at += timedelta(seconds=chance.randrange(1, 4))
            sent, who, action, reason = self._first(found), AUTO, _BY_ITSELF, ""
        elif self._left_open(came, _LATEST, 0.5):
            if chance.random() < 0.3:
                who = chance.choice(OPERATORS)
                yield Step(at + self._wait(12, aided, urgent), 2, "claim", after(state, "claim"), who, who)
            return
        else:
            at += self._wait(arrival.at.hour, aided, urgent)
            who = chance.choice(OPERATORS)
            if chance.random() < _CLOSED and not arrival.planted:
                yield Step(at, 2, "close", after(state, "close"), who, who, Choice(reason=chance.choice(_CLOSINGS)))
                return
            sent, action, reason = self._decide(right, found, aided)
        refused = 0
        while True:
            version, state = version + 1, after(state, action)
            helpers = tuple(each.code for each in found.co_units if each.code != sent[0])
            item = found.items[0].code if found.items else ""
            yield Step(at, version, action, state, who, who, Choice(*sent, item, helpers, reason))
            if refused >= ESCALATING or not self._sends_back(sent, right):
                break
            refused += 1
            at += timedelta(hours=chance.lognormvariate(1.6, 0.8))
            action = "escalate" if refused >= ESCALATING else "refuse"
            version, state = version + 1, after(state, action)
            why = self._why(sent, right)
            yield Step(at, version, action, state, "", PLATFORM, Refusal(sent[0], why, sent[1]), _NOTES[why])
            if self._left_open(at, (16 if refused >= ESCALATING else 5) * _LATEST, 0.5):
                return
            at += timedelta(hours=chance.lognormvariate(3.0, 0.5)) if refused >= ESCALATING else self._wait(12, aided, urgent) * 3
            who = SUPERVISOR if refused >= ESCALATING else chance.choice(OPERATORS)
            sent = right if refused >= ESCALATING or chance.random() < 0.9 else self._other(right, found)
            action, reason = "override", chance.choice(_OVERRIDES)
        if chance.random() < 0.985:
            at += timedelta(hours=chance.lognormvariate(3.0, 0.9))
            yield Step(at, version + 1, "final", after(state, "final"), "", PLATFORM, Choice(*sent, found.items[0].code if found.items else ""))

    def _disputed(self, came: datetime, found: Suggestion) -> Iterator[Step]:
        """Two units send it back, one after the other; then it waits for somebody to decide."""
        chance, state, version, at = self._chance, NEW, 1, came
        sent = [(each.code, each.area) for each in found.units[:2]]
        yield Step(at, version, "create", state, "", chance.choice(OPERATORS))
        for turn in range(ESCALATING):
            unit, who = sent[min(turn, len(sent) - 1)], chance.choice(OPERATORS)
            for action in ("choose" if turn else "accept", "escalate" if turn + 1 == ESCALATING else "refuse"):
                refuses = action in ("refuse", "escalate")
                at += timedelta(hours=chance.uniform(1, 4)) if refuses else timedelta(minutes=chance.uniform(3, 20))
                version, state = version + 1, after(state, action)
                why = self._why(unit, ("", ""))
                item = found.items[0].code if found.items else ""
                detail = Refusal(unit[0], why, unit[1]) if refuses else Choice(*unit, item, (), "")
                yield Step(at, version, action, state, "" if refuses else who, PLATFORM if refuses else who, detail, _NOTES[why] if refuses else "")

    def _decide(self, right: tuple[str, str], found: Suggestion, aided: bool) -> tuple[tuple[str, str], str, str]:
        """Where a person sends it, by which action, and why. With the engine's help they miss less often."""
        shown = [(each.code, each.area) for each in found.units]
        place = shown.index(right) if right in shown else -1
        knows = self._chance.random() < ((0.97, 0.85, 0.85)[place] if aided and place >= 0 else 0.72 if aided else 0.82)
        sent = right if knows or not shown else self._other(right, found)
        if shown and sent == shown[0]:
            return sent, "accept", ""
        return (sent, "choose", "") if sent in shown else (sent, "override", self._chance.choice(_OVERRIDES))

    def _left_open(self, at: datetime, latest: timedelta, share: float) -> bool:
        """Whether nobody has got to it yet when the era ends: some of the latest, so that the queues are not empty."""
        return at > self._era.until - latest and self._chance.random() < share

    def _other(self, right: tuple[str, str], found: Suggestion) -> tuple[str, str]:
        rest = [(each.code, each.area) for each in found.units if (each.code, each.area) != right]
        return rest[0] if rest else right

    def _first(self, found: Suggestion) -> tuple[str, str]:
        return found.units[0].code, found.units[0].area

    def _sends_back(self, sent: tuple[str, str], right: tuple[str, str]) -> bool:
        often = 0.02 if sent == right else 0.78
        return self._chance.random() < min(0.95, often * self._stubborn.get(sent[0], 1.0))

    def _why(self, sent: tuple[str, str], right: tuple[str, str]) -> str:
        likely: tuple[str, ...]
        if sent == right:
            likely = ("信息不全", "已有主办件", "其他")
        else:
            likely = (
                ("属地不符",) if sent[0] == right[0] or "" not in (sent[1], right[1]) else ("职能交叉", "职能交叉", "权属不清", "属地不符", "其他")
            )
        known = [each for each in likely if each in self._reasons] or self._reasons or ["其他"]
        return self._chance.choice(known)

    def _wait(self, hour: int, aided: bool, urgent: bool) -> timedelta:
        """From entry to a person's decision: longer at night, shorter with help and for what is urgent."""
        minutes = self._chance.lognormvariate(1.65 if aided else 2.15, 0.75) * (2.2 if hour < 7 or hour >= 22 else 1.0)
        return timedelta(minutes=minutes * (0.4 if urgent else 1.0))
