"""What must hold of names: of towns and places, which are looked for in texts, and of the city's own words."""

from collections.abc import Iterable, Iterator

from triage.errors import Problem
from triage.normalize import normalize
from triage.profile import Profile, Town

_TELLING = 2


def check_towns(profile: Profile) -> Iterator[Problem]:
    """Towns without a name, and names that no text holds, that mean two towns, or that hide one."""
    file = "towns.csv"
    owner: dict[str, Town] = {}
    for town in profile.towns.values():
        if not town.name:
            yield Problem(file, town.row, "name", "is empty", "Give the town its official name")
        short = () if town.short == town.name else (town.short,)
        columns = (("name", (town.name,)), ("short", short), ("aliases", town.aliases), ("misspellings", town.misspellings))
        for column, names in (*columns, ("homonyms", town.homonyms)):
            yield from _findable(file, town.row, column, names)
        for name in dict.fromkeys(filter(None, names_of(town))):
            other = owner.setdefault(name, town)
            if other is not town:
                yield Problem(file, town.row, "aliases", f"{name!r} also means {other.name} (row {other.row})", "Keep it in one town")
    yield from _homonyms(profile, owner)


def _homonyms(profile: Profile, owner: dict[str, Town]) -> Iterator[Problem]:
    for town in profile.towns.values():
        for word in town.homonyms:
            if word in owner:
                remedy = "Name longer words that contain the name and mean something else"
                yield Problem("towns.csv", town.row, "homonyms", f"{word!r} is a name of {owner[word].name} itself", remedy)
            elif not any(name in word for name in names_of(town)):
                yield Problem("towns.csv", town.row, "homonyms", f"{word!r} contains no name of {town.name}", "Delete it, or move it to its town")


def check_places(profile: Profile) -> Iterator[Problem]:
    """Places in unknown towns, and names that no text holds or that mean something else as well."""
    file = "places.csv"
    names = {name: town for town in profile.towns.values() for name in names_of(town)}
    hidden = {word: town for town in profile.towns.values() for word in town.homonyms}
    for place in profile.places:
        yield from _findable(file, place.row, "name", (place.name,))
        if place.name in names and names[place.name].code != place.town:
            yield Problem(file, place.row, "name", f"{place.name!r} also means {names[place.name].name}", "Keep it in one town")
        if place.name in hidden:
            town = hidden[place.name]
            yield Problem(file, place.row, "name", f"{place.name!r} is a homonym of {town.name} (towns.csv:{town.row})", "Keep it in one table")


def check_words(profile: Profile) -> Iterator[Problem]:
    """Words that no text holds, and standard forms of another length."""
    for word in profile.words.values():
        if word.standard and len(word.standard) != len(word.word):
            yield Problem("words.csv", word.row, "standard", f"{word.standard!r} is not as long as {word.word!r}", "Use a word of equal length")
        if normalize([word.word]) != [word.word]:
            yield Problem("words.csv", word.row, "word", f"{word.word!r} is read as {normalize([word.word])[0]!r}", "Write it in that form")


def names_of(town: Town) -> tuple[str, ...]:
    """Every name by which a text may mean the town."""
    return (town.name, town.short, *town.aliases, *town.misspellings)


def _findable(file: str, row: int, column: str, names: Iterable[str]) -> Iterator[Problem]:
    for name in filter(None, names):
        (read,) = normalize([name])
        if any(char.isspace() for char in read):
            yield Problem(file, row, column, f"{name!r} holds a blank", "Write it in one piece, and several separated by ;")
        elif read != name:
            yield Problem(file, row, column, f"{name!r} is read as {read!r}", f"Write {read}")
        elif len(name) < _TELLING:
            yield Problem(file, row, column, f"{name!r} is too short to be found", "Use at least two characters")
