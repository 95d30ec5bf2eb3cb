"""The hottest topics of a file of messages, for a person to read and judge, and how long they took.

    python benchmarks/hot_topics.py messages.csv --text detail --title title --time time

Reads a CSV with a header; nothing is written. The texts are real people's: what is printed stays on the screen.
"""

import argparse
import csv
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from service.analysis.topics import Told, find
from triage.mask import find as find_personal
from triage.mask import mask
from triage.normalize import normalize


def told(path: Path, text: str, title: str, when: str) -> list[Told]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get(text)]
    texts, titles = masked([row[text] for row in rows]), masked([row.get(title, "") for row in rows])
    return [Told(number, day(row.get(when, "")), texts[number], titles[number]) for number, row in enumerate(rows)]


def masked(texts: list[str]) -> list[str]:
    plain = normalize(texts)
    return [mask(text, found) for text, found in zip(plain, find_personal(plain), strict=True)]


def day(words: str) -> date:
    parts = words.split(" ")[0].replace("/", "-").split("-")
    return date(*map(int, parts)) if len(parts) == 3 and all(part.isdigit() for part in parts) else date.min


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--text", default="detail")
    parser.add_argument("--title", default="title")
    parser.add_argument("--time", default="time")
    parser.add_argument("--top", type=int, default=5)
    told_to = parser.parse_args()
    given = told(told_to.file, told_to.text, told_to.title, told_to.time)
    begin = time.perf_counter()
    found = find(given)
    print(f"{len(given)} messages, {len(found)} topics of {sum(each.n for each in found)} messages, {time.perf_counter() - begin:.1f} s")
    titles = {each.id: each.title or each.text[:40] for each in given}
    for number, each in enumerate(found[: told_to.top], start=1):
        print(f"\n{number}. {each.n} messages, {each.first} to {each.last}, alike {each.close:.2f}: {' · '.join(each.phrases)}")
        for member in each.requests:
            print(f"   {titles[member][:70]}")


if __name__ == "__main__":
    main()
