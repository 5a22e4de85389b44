"""Run a graph and hand back what it wrote, once there is something in it."""

from collections.abc import Callable
from pathlib import Path

from eo.snap.gpt import Gpt, Limits, run
from eo.snap.graph import Graph
from eo.snap.product import Band, check_pixels, read_product


def compute(
    gpt: Gpt, graph: Graph, folder: Path, limits: Limits, progress: Callable[[float], None] = lambda fraction: None
) -> tuple[Band, ...]:
    """Run a graph in a folder and return the bands of all that it wrote.

    Args:
        progress: as of `run`.

    Raises:
        SnapFailed: as `run`; EmptyOutput where an output is missing, or a band of it without a single number.
    """
    for output in graph.outputs:
        Path(output).unlink(missing_ok=True)  # an earlier one is no sign of success
    run(gpt, graph, folder, limits, progress)
    bands = tuple(band for output in graph.outputs for band in read_product(Path(output)))
    check_pixels(bands)
    return bands
