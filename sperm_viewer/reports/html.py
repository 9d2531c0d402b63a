"""The page as one self-contained HTML file: no script, no external resource, every text escaped."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sperm_viewer.reports.page import Page
from sperm_viewer.reports.report_images import ReportImage
from sperm_viewer.reports.wording import FONTS, plain
from sperm_viewer.system.atomic_write import replacing

_TEMPLATE = "page.html.j2"


def write_html(page: Page, path: Path) -> None:
    """Raises SpermViewerError if the file can't be written."""
    text = _template().render(page=page, fonts=Markup(", ".join(f"'{f}'" for f in FONTS[:-1]) + f", {FONTS[-1]}"))
    with replacing(path) as file:
        file.write(text.encode())


def _template() -> Any:
    # Autoescape is explicit: the default depends on the file name.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters["svg"] = Markup
    environment.filters["data_url"] = _data_url
    environment.filters["css"] = _css
    return environment.get_template(_TEMPLATE)


def _finalize(value: object) -> object:
    """Every inserted text becomes plain; our own markup is unchanged."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _data_url(image: ReportImage) -> Markup:
    return Markup(f"data:image/webp;base64,{base64.b64encode(image.webp).decode()}")


def _css(text: str) -> Markup:
    """A string of a style sheet; every character but plain letters and digits is escaped, so that none can end it."""
    shown = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in plain(text))
    return Markup(f'"{shown}"')
