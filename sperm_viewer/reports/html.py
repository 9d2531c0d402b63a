"""The page as one self-contained HTML file: no script, no external resource, every text escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sperm_viewer.reports.page import Block, Facts, Gallery, Page, Table, stays_with_next
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
    environment.filters["groups"] = _groups
    environment.filters["svg"] = Markup
    environment.filters["data_url"] = _data_url
    environment.filters["css"] = _css
    return environment.get_template(_TEMPLATE)


@dataclass(frozen=True, slots=True)
class _Group:
    """Blocks on one sheet; `keep`: on the same sheet as the beginning of the next group."""

    blocks: tuple[Block, ...]
    keep: bool


def _groups(blocks: Iterable[Block]) -> Iterator[_Group]:
    """Blocks that stay together, since browsers keep a heading with its table but not both with a chart below."""
    group: list[Block] = []
    for block in blocks:
        long = isinstance(block, Gallery | Facts) or (isinstance(block, Table) and not block.short)
        if group and long:
            yield _Group(tuple(group), keep=True)
            group = []
        group.append(block)
        if long or not stays_with_next(block):
            yield _Group(tuple(group), keep=False)
            group = []
    if group:
        yield _Group(tuple(group), keep=False)


def _finalize(value: object) -> object:
    """Every inserted text becomes plain; our own markup is unchanged."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _data_url(image: ReportImage) -> Markup:
    return Markup(f"data:image/webp;base64,{base64.b64encode(image.webp).decode()}")


def _css(text: str) -> Markup:
    """A string of a style sheet; every character but plain letters and digits is escaped, so that none can end it."""
    shown = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in plain(text))
    return Markup(f'"{shown}"')
