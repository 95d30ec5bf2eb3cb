"""The program that draws charts in a browser: Vega, Vega-Lite and Vega-Embed in one file, out of the installed package. No CDN."""

import os
import threading
from importlib.metadata import version
from pathlib import Path

_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_TURN = threading.Lock()


def bundle(folder: Path) -> Path:
    """The file, made once per version of the package; that takes some seconds."""
    found = folder / f"vega-{version('vl-convert-python')}.js"
    with _TURN:
        if not found.exists():
            import vl_convert

            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = folder / f".{found.name}.{os.getpid()}"
            part.write_text(vl_convert.javascript_bundle(_SNIPPET), encoding="utf-8")
            part.replace(found)
    return found
