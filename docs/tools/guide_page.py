"""The guide in the app, `resources/guide/guide.html`, from `resources/guide/guide.md`.

Qt's text browser reads a small part of HTML and CSS, so the page is plain.
"""

from __future__ import annotations

from pathlib import Path

import markdown

_FOLDER = Path(__file__).parents[2] / "resources" / "guide"
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sperm Viewer: guide</title>
<style>
html {{ max-width: 50em; margin: 2em auto; padding: 0 1em; }}
body {{ font-family: system-ui, sans-serif; line-height: 1.35; }}
img {{ max-width: 100%; height: auto; }}
.picture {{ line-height: 1; }}
.caption {{ font-size: small; }}
td, th {{ padding: 2px 14px 2px 0; text-align: left; vertical-align: top; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def guide_page() -> str:
    """The page, in HTML."""
    source = (_FOLDER / "guide.md").read_text("utf-8")
    return _PAGE.format(body=markdown.markdown(source, extensions=["attr_list", "tables"], output_format="html"))
