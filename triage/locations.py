"""Where profiles and models that travel with the package lie: beside it in a checkout, inside it in a wheel."""

from pathlib import Path

_INSIDE = Path(__file__).parent / "share"
_CHECKOUT = Path(__file__).parent.parent


def shipped(kind: str, name: str) -> Path:
    """The folder of a shipped profile (kind ``data``) or model (kind ``models``); it may not exist."""
    inside = _INSIDE / kind / name
    return inside if inside.is_dir() else _CHECKOUT / kind / name


def resolve(kind: str, name: str | Path) -> Path:
    """A path as given when something is there, else the shipped folder of that name."""
    path = Path(name)
    return path if path.exists() else shipped(kind, str(name))
