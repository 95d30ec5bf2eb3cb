"""Names of codes on paper."""

from dataclasses import dataclass

from service.analysis.names import label
from service.analysis.question import UNMATCHED
from triage.profile import Profile

UNKNOWN = "(不明)"


@dataclass(frozen=True, slots=True)
class Names:
    """What the city calls its units, towns and items; a code that it does not know stays as it is."""

    profile: Profile | None

    @property
    def city(self) -> str:
        """The name of the city, "" without tables."""
        return self.profile.name if self.profile is not None else ""

    def unit(self, code: str) -> str:
        """``CG`` → 城管局; ``ZJX@440783117`` → 水口镇."""
        if not code:
            return UNKNOWN
        own, _, area = code.partition("@")
        if area:
            return self.town(area)
        found = self.profile.units.get(own) if self.profile is not None else None
        return (found.short or found.name) if found is not None else own

    def town(self, code: str) -> str:
        """The full name of a town."""
        found = self.profile.towns.get(code) if self.profile is not None else None
        return found.name if found is not None else code or UNKNOWN

    def item(self, code: str) -> str:
        """The name of an item, with the one above it where it is a leaf."""
        if code.startswith(UNMATCHED):
            return label("item", code, self.profile)
        if self.profile is None or code not in self.profile.items:
            return code or UNKNOWN
        path = [self.profile.items[each].name for each in self.profile.path(code)]
        return "—".join(path[-2:]) if len(path) > 2 else path[-1]

    def of(self, dimension: str, code: str) -> str:
        """The name of a value of a dimension."""
        if dimension in ("unit", "first_unit", "final_unit", "suggested_unit", "label_unit"):
            return self.unit(code)
        if dimension == "town":
            return self.town(code)
        return self.item(code) if dimension in ("item", "item_1", "item_2") else code or UNKNOWN
