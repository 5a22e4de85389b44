"""World checks of a dry run: is the pair usable, and what will it cost."""

import shapely

from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.s2_change_detection import ChangeDetectionParams
from services.s2_change_detection.blocks import settle
from services.s2_change_detection.pair import Pair, open_pair, remarks

_DECODE_S = 0.35e-6
_COMPUTE_S = 0.5e-6
_FIXED_S = 3.0
_FIXED_MEMORY_BYTES = 400_000_000
_BLOCK_PIXELS = 1024**2


def preflight(params: ChangeDetectionParams) -> Preflight:
    """Open both scenes, say what is odd about the pair, and estimate."""
    pair = open_pair(params)
    settle(pair, params)
    whole = pair.grid.footprint()
    common = shapely.intersection_all([pair.before.footprint, pair.after.footprint, whole])
    share = common.area / whole.area
    width, height = pair.grid.width, pair.grid.height
    found = Finding(
        "ok",
        "overlap",
        f"Both scenes cover {share:.0%} of the result: {width} × {height} pixels of {params.resolution:g} m.",
    )
    return Preflight((found, *remarks(pair)), estimate(pair))


def estimate(pair: Pair) -> Estimate:
    """Estimate from the number of pixels, bands and threads; rates as measured on 2 cores at 2.5 GHz."""
    pixels, bands, threads = pair.grid.width * pair.grid.height, len(pair.bands), default_threads()
    output_bytes = 3 * pixels
    return Estimate(
        seconds=round(_FIXED_S + pixels * (2 * bands * _DECODE_S + _COMPUTE_S) / threads, 1),
        output_bytes=output_bytes,
        scratch_bytes=output_bytes + pixels * (2 * bands + 6),
        memory_bytes=_FIXED_MEMORY_BYTES + 9 * pixels + 2 * threads * min(_BLOCK_PIXELS, pixels) * bands * 10,
    )
