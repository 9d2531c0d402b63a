"""What a field costs the workers and the one writer, and what a million would; prints the table of `docs/how-to`.

The fields are rendered ones of 1000 x 1400 px with 30 heads, scored by the function that workers run.

    python tests/benchmarks/cluster_cost.py [FIELDS]
"""

from __future__ import annotations

import pickle
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import psutil
from PIL import Image

from sperm_viewer import __version__
from sperm_viewer.domain.detection import NO_HINTS
from sperm_viewer.domain.image import ImageRef
from sperm_viewer.inference.cluster_worker import WorkerPlan, score_chunk
from sperm_viewer.inference.model_folders import find_model
from sperm_viewer.run.bench.machine import this_machine
from sperm_viewer.run.results import result_files, write_tables
from sperm_viewer.run.settle import session_model
from sperm_viewer.session.session import Session
from sperm_viewer.synthetic.render import render_field

_MILLION = 1_000_000
_CORES = (16, 256)


def main(fields: int) -> None:
    model = find_model("smids")
    plan = WorkerPlan(__version__, model.id, model.path, "onnx", "cpu", None)
    machine = this_machine()
    with tempfile.TemporaryDirectory() as made:
        refs = _render(Path(made) / "A", fields)
        stored = sum(ref.path.stat().st_size for ref in refs) / fields
        score_chunk(plan, [(0, refs[0], NO_HINTS)])
        before = psutil.Process().cpu_times().user
        chunks = [score_chunk(plan, [(number, ref, NO_HINTS)]) for number, ref in enumerate(refs)]
        scoring = (psutil.Process().cpu_times().user - before) / fields
        wire = sum(len(pickle.dumps(chunk)) for chunk in chunks) / fields
        events = [answer.events for chunk in chunks for answer in chunk.answers]
        cells = sum(len(of) for of in events) / fields
        with Session.create(Path(made) / "session.spermview") as session:
            session.use_model(session_model(model))
            session.add_slide("A", Path(made) / "A", refs)
            started = time.process_time()
            for of in events:
                session.record(of)
            recording = (time.process_time() - started) / fields
            started = time.process_time()
            write_tables(session)
            tables = (time.process_time() - started) / fields
            table = result_files(session.path).cells.stat().st_size / fields
        size = (Path(made) / "session.spermview").stat().st_size / fields
    print(
        f"{fields} fields, {cells:.1f} cells per field, {stored / 2**20:.2f} MB per field as PNG; {machine.processor}, "
        f"{machine.cores} cores, load {machine.load}. Processor time, not time on the clock.\n"
    )
    print("| | per field | per million fields |")
    print("|---|---|---|")
    listed = _listed_bytes(Path("/shared/biobank/A-0000/slide A"))
    hours = scoring * _MILLION / 3600
    clusters = ", ".join(f"{hours / cores:.0f} h on {cores} cores" for cores in _CORES)
    print(f"| scoring, one core | {scoring:.2f} s | {hours:.0f} core hours: {clusters} |")
    print(f"| storing, the one writer | {1000 * recording:.1f} ms | {recording * _MILLION / 3600:.1f} h |")
    print(f"| tables at the end, the one writer | {1000 * tables:.1f} ms | {tables * _MILLION / 3600:.1f} h |")
    print(f"| read from the shared disk | {stored / 2**20:.2f} MB | {stored * _MILLION / 2**40:.2f} TB |")
    print(f"| answers over the network | {wire / 2**10:.0f} kB | {wire * _MILLION / 2**30:.0f} GB |")
    print(f"| session file | {size / 2**10:.0f} kB | {size * _MILLION / 2**30:.0f} GB |")
    print(f"| list of images, memory of the command | {listed:.0f} bytes | {listed * _MILLION / 2**20:.0f} MB |")
    print(f"| cells.csv | {table / 2**10:.1f} kB | {table * _MILLION / 2**30:.0f} GB |")
    print(f"\nThe writer keeps up with {scoring / recording:.0f} such cores.")


def _listed_bytes(folder: Path) -> float:
    tracemalloc.start()
    refs = [ImageRef("slide A", folder / f"field {number:05d}.tif") for number in range(10_000)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(refs)


def _render(folder: Path, fields: int) -> list[ImageRef]:
    folder.mkdir()
    refs = []
    for seed in range(fields):
        refs.append(ImageRef("A", folder / f"{seed:04d}.png"))
        Image.fromarray(render_field(seed=seed, heads=30, shape=(1000, 1400)).rgb).save(refs[-1].path)
    return refs


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
