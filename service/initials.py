"""The initials of a name's syllables 拼音首字母, as people type them to find it: 水口镇 → skz."""

from functools import cache

from triage.sounds import readings


def initials(name: str) -> str:
    """One small letter a Chinese character; letters and digits as they are; nothing for anything else."""
    return "".join(_letter(char) for char in name)


@cache
def _letter(char: str) -> str:
    if char.isascii():
        return char.lower() if char.isalnum() else ""
    return readings().get(char, "")[:1]
