"""The notebooks of examples/ as pages: their texts, their code, and what came out when they ran."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

NOTEBOOKS = Path(__file__).parent.parent / "examples"
NAMES = ("tutorial", "digits")
PICTURES = {"image/png": "png", "image/svg+xml": "svg"}


def pages() -> dict[str, str | bytes]:
    """Pages and pictures by file name."""
    made: dict[str, str | bytes] = {}
    for name in NAMES:
        notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
        parts = []
        for number, cell in enumerate(notebook["cells"]):
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                parts.append(source)
                continue
            parts.append(f"```lua\n{source}\n```")
            parts += _outputs(cell["outputs"], f"{name}-{number}", made)
        parts.append(f"The whole of it: {{download}}`{name}.ipynb <../../examples/{name}.ipynb>`, ")
        parts[-1] += f"{{download}}`{name}.lua <../../examples/{name}.lua>`."
        made[f"{name}.md"] = "\n\n".join(part for part in parts if part) + "\n"
    return made


def _outputs(outputs: list[dict], name: str, made: dict[str, str | bytes]) -> Iterator[str]:
    """Outputs as Markdown: pictures, and between them what was printed."""
    printed = ""
    for number, output in enumerate(outputs):
        data = output.get("data", {})
        kind = next((kind for kind in PICTURES if kind in data), None)
        if kind is None:
            text = "".join(data.get("text/plain", output.get("text", "")))
            printed += text if text.endswith("\n") else f"{text}\n"
            continue
        yield _block(printed)
        printed = ""
        content, file = "".join(data[kind]), f"{name}-{number}.{PICTURES[kind]}"
        made[file] = base64.b64decode(content) if kind == "image/png" else content
        words = "".join(data["text/plain"]).partition("\n")[0].strip()
        yield f"![{words}]({file}){{.shown}}"
    yield _block(printed)


def _block(printed: str) -> str:
    text = printed.strip("\n")
    return f"```{{code-block}} text\n:class: shown\n\n{text}\n```" if text else ""
