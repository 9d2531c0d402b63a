"""What a run says about scales: those that the files name, and those that can't be right."""

from __future__ import annotations

from collections.abc import Iterator

from sperm_viewer.domain.sample import Slide, slide_in_sample
from sperm_viewer.domain.scale import file_scale_warning, length_warning, size_warning
from sperm_viewer.imaging.reading.scale import FileScale, scale_in_file
from sperm_viewer.session.session import Session
from sperm_viewer.session.slide_scales import field_sizes, median_length


def scale_notices(session: Session) -> Iterator[str]:
    """A sentence for each slide whose files name a scale that nobody confirmed, or whose scale is in doubt."""
    for sample in session.samples():
        for slide in sample.slides:
            found = scale_of_files(session, slide.id)
            if found and slide.details.um_per_px is None:
                name = slide_in_sample(sample.identifier, slide.name)
                yield (
                    f"The files of {name} say {found.um_per_px:.4g} µm per pixel ({found.source}). Confirm it in Slide "
                    "Details; until then lengths are in pixels."
                )
            yield from scale_warnings(session, slide, found)


def scale_warnings(session: Session, slide: Slide, in_files: FileScale | None) -> Iterator[str]:
    """Why the scale that was entered for a slide may be wrong, in sentences; none if nobody entered one."""
    details = slide.details
    length = median_length(session, slide.id, details)
    warnings = (
        size_warning(slide.name, details, field_sizes(session, slide.id)),
        length_warning(slide.name, length) if length is not None else "",
        file_scale_warning(slide.name, details, in_files.um_per_px) if in_files else "",
    )
    yield from filter(None, warnings)


def scale_of_files(session: Session, slide: int) -> FileScale | None:
    """The scale that the first file of a slide names."""
    files = session.files(slide)
    return scale_in_file(files[0][1].path) if files else None
