"""The shared public messages as rows for training and measuring. Their texts never leave a temporary folder."""

import sys
from pathlib import Path

import pandas as pd

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
SOURCES = {
    "shanghai_letters": {"text": "text", "time": "sent"},
    "teddy_messages_labelled": {"text": "detail", "time": "time"},
    "teddy_messages_hot_topics": {"text": "detail", "time": "time"},
    "teddy_messages_replied": {"text": "detail", "time": "time"},
    "hangzhou_messages": {"text": "text", "time": "date"},
}
TRUST = {"2": "1", "1": "0.8", "0": "0.4"}


def messages() -> pd.DataFrame:
    """All messages that read as written: id, title, text, time, source, label (seven classes), unit_kind."""
    frames = []
    for source, columns in SOURCES.items():
        table = pd.read_csv(SHARED / "datasets" / f"{source}.csv", dtype=str, keep_default_na=False)
        if "quality" in table:
            table = table[table["quality"] != "segmented_stopwords_removed"]
        frame = pd.DataFrame({"id": table["id"], "title": table["title"], "text": table[columns["text"]], "time": table[columns["time"]]})
        for name in ("label", "unit_kind"):
            frame[name] = table.get(name, "")
        frames.append(frame.assign(source=source))
    return pd.concat(frames, ignore_index=True)


def labelled() -> pd.DataFrame:
    """The messages with Kaiping's labels: item, unit, type, urgency, and trust, how much a label counts. The labels are those
    that came with the messages, our own of the rest (labels.csv: ids and codes, no texts), and what a second reading made of those
    that a model doubted (relabels.csv): of the earlier four fifths of each source alone, so that no measure is bent to the model."""
    own = Path(__file__).parent
    given, more, again = (
        pd.read_csv(file, dtype=str, keep_default_na=False)
        for file in (SHARED / "datasets" / "kaiping_labels.csv", own / "labels.csv", own / "relabels.csv")
    )
    labels = pd.concat([given, more]).set_index("id")
    labels.update(again.set_index("id"))
    labels = labels.reset_index().rename(columns={"code": "item", "lead": "unit"}).assign(trust=lambda each: each["sure"].map(TRUST))
    return messages().merge(labels[["id", "item", "alt_code", "unit", "type", "urgency", "trust"]], on="id")


def unlabelled(apart: pd.DataFrame) -> pd.DataFrame:
    """The messages that nobody labelled for Kaiping and that are not among ``apart``: their words still tell what belongs
    together."""
    rows = messages()
    known = set(labelled()["id"]) | set(apart["id"])
    seen = set(_plain(apart["text"]))
    return rows[~rows["id"].isin(known) & ~_plain(rows["text"]).isin(seen)]


def newest_apart(rows: pd.DataFrame, share: float = 0.2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Earlier and newest rows of every source, no text on both sides: what stands in the earlier part stays there."""
    early, late = [], []
    for _, part in rows.groupby("source"):
        ordered = part.assign(at=pd.to_datetime(part["time"], format="mixed")).sort_values(["at", "id"], kind="stable")
        cut = int(len(ordered) * (1 - share))
        early.append(ordered.iloc[:cut])
        late.append(ordered.iloc[cut:])
    train, dev = pd.concat(early), pd.concat(late)
    seen = set(_plain(train["text"]))
    return train.drop(columns="at"), dev[~_plain(dev["text"]).isin(seen)].drop_duplicates("text").drop(columns="at")


def random_apart(rows: pd.DataFrame, share: float = 0.1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A random share of the texts apart; equal texts on one side."""
    texts = _plain(rows["text"]).drop_duplicates()
    apart = _plain(rows["text"]).isin(set(texts.sample(frac=share, random_state=0)))
    return rows[~apart], rows[apart].drop_duplicates("text")


def recipe(folder: Path, parent: str = "") -> Path:
    """A recipe by which a model inherits nothing, or from ``parent``: the shipped model has read all of these rows."""
    path = folder / "recipe.toml"
    path.write_text(f'[structure]\nmodel = "{parent}"\n', encoding="utf-8")
    return path


def _plain(texts: pd.Series) -> pd.Series:
    return texts.str.replace(r"\W+", "", regex=True)


if __name__ == "__main__":
    columns = ["id", "title", "text", "item", "alt_code", "unit", "type", "urgency", "trust"]
    every = labelled()
    pd.concat([every, unlabelled(every).assign(trust="1")]).reindex(columns=columns).fillna("").to_csv(sys.argv[1], index=False)
