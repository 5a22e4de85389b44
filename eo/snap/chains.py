"""Chains of SNAP operators: GRD, SLC and pairs of SLC to layers on the ground.

Each writes BEAM-DIMAP (`<path>.dim` and `<path>.data`). The order follows SNAP's own graphs: Sentinel1SLCtoGRD for
`slc_standard`, TOPSAR-ESD-Coregistration for pairs; GRD as in Filipponi (2019, Proceedings 18, 11). Crops come late for
SLC, since bursts cannot be joined after one.
"""

from collections.abc import Sequence
from pathlib import Path

from eo.errors import InvalidOption
from eo.snap import steps
from eo.snap.graph import Graph, GraphBuilder
from eo.snap.operators import Release
from eo.snap.options import Slc, SnapOptions, Subswath


def grd(product: Path, output: Path, options: SnapOptions, release: Release) -> Graph:
    """Return the chain from GRD to terrain-corrected backscatter."""
    graph = GraphBuilder(release)
    node = steps.apply_orbit(graph, steps.read(graph, product), options)
    node = steps.remove_noise(graph, node, options)
    node = steps.remove_border(graph, node, options)
    node = steps.crop(graph, node, options)
    node = steps.calibrate(graph, node, options)
    node = steps.filter_speckle(graph, node, options)
    return _to_ground(graph, steps.flatten(graph, node, options), output, options)


def slc_standard(product: Slc, output: Path, options: SnapOptions, release: Release) -> Graph:
    """Return the chain from SLC over a multi-looked ground-range image to terrain-corrected backscatter."""
    graph = GraphBuilder(release)
    node = steps.filter_speckle(graph, _multilooked(graph, product, options), options)
    node = graph.add("SRGR", node, warpPolynomialOrder=4, interpolationMethod="Linear interpolation")
    node = graph.add("GRD-Post", node)
    return _to_ground(graph, steps.flatten(graph, node, options), output, options)


def slc_adhoc(product: Slc, output: Path, options: SnapOptions, release: Release) -> Graph:
    """Return the chain from SLC to terrain-corrected backscatter that stays in slant range until the last step."""
    graph = GraphBuilder(release)
    node = steps.filter_speckle(graph, _multilooked(graph, product, options), options)
    return _to_ground(graph, steps.flatten(graph, node, options), output, options)


def coherence(first: Slc, second: Slc, output: Path, options: SnapOptions, release: Release) -> Graph:
    """Return the chain from a pair of SLC to terrain-corrected coherence.

    Args:
        first: the product whose geometry the other is brought to.
        second: its bursts should cover those of the first.

    Raises:
        InvalidOption: products of different modes or sub-swaths.
    """
    _check_pair(first, second)
    graph = GraphBuilder(release)
    read = [steps.read(graph, product.path) for product in (first, second)]
    if first.mode == "SM":
        one, two = (steps.apply_orbit(graph, node, options) for node in read)
        node = steps.estimate_coherence(graph, steps.coregister_stripmap(graph, one, two, options), options)
    else:
        matched = zip(_by_name(first), _by_name(second), strict=True)
        node = steps.merge(graph, [_swath_coherence(graph, read, swaths, options) for swaths in matched], options)
    node = steps.correct_terrain(graph, steps.crop(graph, node, options), options)
    steps.write(graph, node, output)
    return graph.build()


def pair(first: Slc, second: Slc, folder: Path, options: SnapOptions, release: Release) -> dict[str, Graph]:
    """Return the three chains of a pair, by output: `coherence`, and the backscatter of the `first` and `second` date.

    They lie on one lattice, so that what is made of them needs no resampling. Each is run alone: the memory that SNAP
    needs for a pair is that of its coherence.

    Raises:
        InvalidOption: products of different modes or sub-swaths.
    """
    return {
        "coherence": coherence(first, second, folder / "coherence.dim", options, release),
        "first": slc_adhoc(first, folder / "first.dim", options, release),
        "second": slc_adhoc(second, folder / "second.dim", options, release),
    }


def _multilooked(graph: GraphBuilder, product: Slc, options: SnapOptions) -> str:
    node = steps.read(graph, product.path)
    if product.mode == "SM":
        node = _calibrated(graph, node, options)
    else:
        parts = [steps.split(graph, node, swath, options) for swath in product.subswaths]
        parts = [_calibrated(graph, part, options) for part in parts]
        node = steps.merge(graph, [steps.join_bursts(graph, part, options) for part in parts], options)
    return steps.crop(graph, steps.multilook(graph, node, options), options)


def _calibrated(graph: GraphBuilder, node: str, options: SnapOptions) -> str:
    node = steps.remove_noise(graph, steps.apply_orbit(graph, node, options), options)
    return steps.calibrate(graph, node, options)


def _swath_coherence(
    graph: GraphBuilder, read: Sequence[str], swaths: tuple[Subswath, Subswath], options: SnapOptions
) -> str:
    parts = [steps.split(graph, node, swath, options) for node, swath in zip(read, swaths, strict=True)]
    one, two = (steps.apply_orbit(graph, part, options) for part in parts)
    node = steps.estimate_coherence(graph, steps.back_geocode(graph, one, two, options), options)
    return steps.join_bursts(graph, node, options)


def _to_ground(graph: GraphBuilder, node: str, output: Path, options: SnapOptions) -> Graph:
    node = steps.to_decibels(graph, steps.correct_terrain(graph, node, options), options)
    steps.write(graph, node, output)
    return graph.build()


def _by_name(product: Slc) -> list[Subswath]:
    return sorted(product.subswaths, key=lambda swath: swath.name)


def _check_pair(first: Slc, second: Slc) -> None:
    modes = first.mode, second.mode
    if modes[0] != modes[1]:
        raise InvalidOption(f"The products of the pair are of modes {modes[0]} and {modes[1]}; they have to be alike.")
    names = [[s.name for s in _by_name(product)] for product in (first, second)]
    if names[0] != names[1]:
        raise InvalidOption(
            f"Of the first product {', '.join(names[0])} are asked for and of the second {', '.join(names[1])}.",
            hint="Take the same sub-swaths of both.",
        )
