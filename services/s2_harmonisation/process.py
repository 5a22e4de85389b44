"""Sentinel-2 harmonisation: one composite per period, block by block."""

from contextlib import ExitStack
from functools import partial

from eo.io.raster_writer import create_raster
from eo.io.time_stack_writer import create_stack, stack_files
from services.core.context import Context
from services.core.execution import map_bounded
from services.s2_harmonisation import HarmonisationParams, outputs
from services.s2_harmonisation.blocks import compute, windows
from services.s2_harmonisation.series import Series, settle

_SHARE_OF_BLOCKS = 0.9


def run(params: HarmonisationParams, context: Context) -> None:
    """Write the stack.

    Raises:
        EoError: a scene, a band, the area or the time cannot be used; says why.
    """
    context.progress(0.01, "reading the metadata")
    series = settle(params)
    for product in series.products:
        context.read("scenes", product.name, product.fingerprint)
    context.acquired(series.products[0].datetime, series.products[-1].datetime)
    context.properties.update(outputs.properties(series, params))
    _write(series, params, context)
    _hand_over(series, params, context)


def _write(series: Series, params: HarmonisationParams, context: Context) -> None:
    blocks = list(windows(series))
    with ExitStack() as stack:
        target = stack.enter_context(
            create_stack(
                context.folder,
                params.output_format,
                series.grid,
                series.periods,
                outputs.band_specs(series),
                threads=context.threads,
            )
        )
        layers = {
            name: stack.enter_context(
                create_raster(
                    context.target(name, ".tif"), "COG", series.grid, outputs.layer_specs(name, series.periods)
                )
            )
            for name in outputs.LAYERS
        }
        done = map_bounded(context.executor, partial(compute, series), blocks, in_flight=context.threads + 1)
        for number, (window, block) in enumerate(done, 1):
            target.write(window, block.composites)
            layers["clear_looks"].write(window, block.clear_looks)
            layers["filling"].write(window, block.filling)
            context.progress(0.02 + _SHARE_OF_BLOCKS * number / len(blocks), "composing")
        context.progress(0.02 + _SHARE_OF_BLOCKS, "building overviews")


def _hand_over(series: Series, params: HarmonisationParams, context: Context) -> None:
    if params.output_format == "COG":
        for period in series.periods:
            path = stack_files(context.folder, [period])[period.label]
            context.add(
                f"composite_{period.label}",
                path,
                title=f"Composite {period.label}",
                bands=outputs.stac_bands(series),
                properties=outputs.composite_properties(series, period),
            )
    else:
        extension = {"NetCDF": ".nc", "Zarr": ".zarr"}[params.output_format]
        context.add("stack", context.target("stack", extension), properties=outputs.stack_properties(series))
    for name in outputs.LAYERS:
        context.add(
            name,
            context.target(name, ".tif"),
            bands=[{"name": p.label} for p in series.periods],
            properties=outputs.layer_properties(name),
        )
