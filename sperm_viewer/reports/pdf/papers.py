"""The sizes of paper, as Qt knows them."""

from __future__ import annotations

from PySide6.QtGui import QPageSize

from sperm_viewer.reports.request import Paper

PAPERS = {Paper.A4: QPageSize.PageSizeId.A4, Paper.LETTER: QPageSize.PageSizeId.Letter}
