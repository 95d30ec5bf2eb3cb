"""The rows that the shipped encoder was taught with: all but those that quality.py sets aside for any of its tasks.

usage: python benchmarks/encoder_rows.py ROWS.csv
       python scripts/encoder/tune.py ROWS.csv WORK --label item=item --label unit=unit --label type=type --label hunan=label --label kind=unit_kind \\
         --label domain=domain --alternate item=alt_code --alternate unit=alt_unit --weight trust
"""

import sys
from datetime import date

import pandas as pd
from quality import EXAMPLES
from shared_rows import SHARED, _plain, labelled, messages, newest_apart, random_apart

from triage.suggest import load_profile

COLUMNS = ["id", "title", "text", "item", "alt_code", "unit", "alt_unit", "type", "label", "unit_kind", "domain", "trust"]


def main() -> None:
    rows, known = messages(), labelled()
    apart = [newest_apart(known)[1], random_apart(rows[rows["label"] != ""])[1], newest_apart(rows[rows["unit_kind"] != ""])[1]]
    held = pd.concat(apart)
    rows = rows[~rows["id"].isin(held["id"]) & ~_plain(rows["text"]).isin(set(_plain(held["text"])))]
    rows = rows.merge(known[["id", "item", "alt_code", "unit", "type", "trust"]], on="id", how="left").fillna({"trust": "1"}).fillna("")
    domains = pd.read_csv(SHARED / "datasets" / "hangzhou_messages.csv", dtype=str, keep_default_na=False).set_index("id")["domain"]
    rows["domain"] = rows["id"].map(domains).fillna("")
    examples = pd.read_csv(EXAMPLES, dtype=str, keep_default_na=False, encoding="utf-8-sig").assign(trust="1")
    every = pd.concat([rows, examples]).reindex(columns=COLUMNS, fill_value="").fillna("")
    profile = load_profile("kaiping")
    leads = {code: duty.unit for code in set(every["alt_code"]) - {""} if (duty := profile.lead(code, "", date.today()))}
    every["alt_unit"] = every["alt_code"].map(leads).fillna("")
    every.to_csv(sys.argv[1], index=False)
    print(f"{len(every)} rows to teach with, {len(held)} set aside")


if __name__ == "__main__":
    main()
