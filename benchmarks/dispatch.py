"""Time to dispatch: how long a scripted operator takes in a real Chromium, by keyboard, from the text on screen to the decision
that the service acknowledged; and how much of it is the engine's.

    python -m benchmarks.dispatch                 # 20 requests; needs chromium and playwright

The script types nothing slowly and never thinks: what is measured is what page, network, engine and store cost a person, not the
person. Per request: the text is put in at once, Enter as soon as the candidates are there, then the acknowledgement is waited for. The
page itself waits 250 ms after the last key before it asks.
"""

import argparse
import csv
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browsers import ARGUMENTS, chromium, served
from tests.desks import PASSWORD
from triage import Engine, Request

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20)
    told = parser.parse_args()
    engine = Engine.load()
    with (ROOT / "data" / "kaiping" / "examples.csv").open(encoding="utf-8-sig", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file) if 30 <= len(row["text"]) <= 150]
    # Dangers ask for Enter twice and questions for a word with the caller: the plain ones only.
    plain = [text for text in texts[::7] if (found := engine.suggest(Request(text))).units and not found.rules and not found.questions]
    with tempfile.TemporaryDirectory() as place, served(engine, Path(place)) as service, sync_playwright() as driver:
        service.person("operator", "lihong")
        browser = driver.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(60_000)
        page.goto(service.url)
        page.wait_for_selector("#account:focus")
        page.keyboard.type("lihong")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        rows = []
        for number, text in enumerate(plain[: told.requests + 2]):
            page.wait_for_selector("#text:focus")
            begun = time.perf_counter()
            page.keyboard.insert_text(text)
            page.wait_for_selector("#send:not([disabled])")
            page.wait_for_selector('#right[aria-busy="false"]')
            shown = time.perf_counter()
            page.keyboard.press("Control+Enter")
            page.wait_for_selector("#toast.shown:has-text('已派单')")
            done = time.perf_counter()
            page.evaluate("document.getElementById('toast').classList.remove('shown')")
            engine.suggest(Request(text))
            alone = time.perf_counter() - done
            if number > 1:  # the first ones warm up
                rows.append((done - begun, shown - begun, alone))
        day = page.evaluate("fetch('/api/v1/figures/day').then((answer) => answer.json())")
        browser.close()
    whole, first, alone = (statistics.median(column) for column in zip(*rows, strict=True))
    print(json.dumps({
        "requests": len(rows), "median_ms": round(1000 * whole), "until_candidates_ms": round(1000 * first), "engine_ms": round(1000 * alone, 1),
        "engine_share": round(alone / whole, 3), "day_median_seconds": day["median_seconds"], "load_average": os.getloadavg()[0],
    }, ensure_ascii=False))  # fmt: skip


if __name__ == "__main__":
    main()
