"""All samples in one Parquet file: a row per sample, a list per band and one of flags, the dates in its metadata.

A row group holds samples of one tile, so that a set of any size is written and read in little memory.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eo.errors import InvalidProduct
from eo.timeseries.crop_looks import TileLooks
from eo.timeseries.timesen2crop import BANDS

FORMAT = "groundwork-timesen2crop/1"
_KEY = b"groundwork"
_COLUMNS = ("tile", "class", "number", *BANDS, "flag")


def _schema(dates: Mapping[str, Sequence[date]], about: Mapping[str, str]) -> pa.Schema:
    listed = {tile: [d.isoformat() for d in days] for tile, days in dates.items()}
    text = json.dumps({"format": FORMAT, "dates": listed, "scale": 1e-4, **about})
    fields = [
        pa.field("tile", pa.string(), nullable=False),
        pa.field("class", pa.uint8(), nullable=False),
        pa.field("number", pa.int32(), nullable=False),
        *(pa.field(band, pa.list_(pa.field("item", pa.int16(), nullable=False)), nullable=False) for band in BANDS),
        pa.field("flag", pa.list_(pa.field("item", pa.uint8(), nullable=False)), nullable=False),
    ]
    return pa.schema(fields, metadata={_KEY: text.encode()})


class StoreWriter:
    """Writes a store, a row group at a time; `about` says source and licence."""

    def __init__(self, path: Path, dates: Mapping[str, Sequence[date]], about: Mapping[str, str]) -> None:
        self._schema = _schema(dates, about)
        self._writer = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=-1,
            use_dictionary=["tile"],
            column_encoding={f"{name}.list.element": "DELTA_BINARY_PACKED" for name in (*BANDS, "flag")},
            write_statistics=False,
        )

    def __enter__(self) -> "StoreWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def write(self, looks: TileLooks) -> None:
        """Add samples of one tile as a row group."""
        count, length = looks.flags.shape
        if not count:
            return
        offsets = _column(np.arange(count + 1, dtype=np.int32) * length)
        parts: dict[str, NDArray[Any]] = {band: looks.values[..., i] for i, band in enumerate(BANDS)}
        parts["flag"] = looks.flags
        lists = [
            pa.ListArray.from_arrays(offsets, _column(part), type=self._schema.field(name).type)
            for name, part in parts.items()
        ]
        columns = [_repeated(looks.tile, count), _column(looks.labels), _column(looks.numbers), *lists]
        self._writer.write_table(pa.table(columns, schema=self._schema), row_group_size=count)


def _column(values: NDArray[Any]) -> pa.Array:
    """Hand numbers over as they lie; `pa.array` would load pandas, which takes as long as to write 20,000 samples."""
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), values.size, [None, buffer])


def _repeated(text: str, count: int) -> pa.Array:
    letters = text.encode()
    offsets = np.arange(count + 1, dtype=np.int32) * len(letters)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(letters * count))


@dataclass(frozen=True)
class Store:
    """A store: `dates` of each tile, what it says of itself, and how many samples there are."""

    path: Path
    dates: Mapping[str, tuple[date, ...]]
    about: Mapping[str, Any]
    samples: int

    def labels(self) -> tuple[NDArray[Any], NDArray[np.uint8]]:
        """Return (samples) the tile and the class of each, in the order of the store."""
        table = pq.read_table(self.path, columns=["tile", "class"])
        return np.asarray(table["tile"].to_pylist()), table["class"].to_numpy()

    def read(self) -> Iterator[TileLooks]:
        """Yield the samples, a row group at a time.

        Raises:
            InvalidProduct: a sample has more or fewer looks than its tile has dates.
        """
        file = pq.ParquetFile(self.path)
        try:
            for group in range(file.num_row_groups):
                yield self._looks(file.read_row_group(group))
        finally:
            file.close()

    def _looks(self, table: pa.Table) -> TileLooks:
        count = table.num_rows
        tile = table["tile"][0].as_py()
        dates = self.dates.get(tile, ())
        flat = [_flat(table[name]) for name in (*BANDS, "flag")]
        if table["tile"].unique().to_pylist() != [tile] or {len(f) for f in flat} != {count * len(dates)}:
            raise InvalidProduct(f"{self.path.name} is no store of samples: {tile} does not fit its dates.")
        shaped = [f.reshape(count, len(dates)) for f in flat]
        values = np.stack(shaped[:-1], axis=2).astype(np.int16, copy=False)
        return TileLooks(tile, dates, table["class"].to_numpy(), table["number"].to_numpy(), values, shaped[-1])


def _flat(column: pa.ChunkedArray) -> NDArray[Any]:
    values: NDArray[Any] = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return values


def open_store(path: Path) -> Store:
    """Open a store, reading its metadata only.

    Raises:
        InvalidProduct: it is no Parquet file, or none of ours.
    """
    hint = "A store is the store.parquet of a result of TimeSen2Crop."
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise InvalidProduct(f"{path.name} cannot be opened as Parquet: {error}.", hint=hint) from None
    with file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    try:
        about = json.loads((schema.metadata or {})[_KEY])
        dates = {tile: tuple(map(date.fromisoformat, days)) for tile, days in about.pop("dates").items()}
    except (KeyError, ValueError, AttributeError, TypeError):
        raise InvalidProduct(f"{path.name} is no store of samples.", hint=hint) from None
    missing = [name for name in _COLUMNS if name not in schema.names]
    if missing or about.get("format") != FORMAT:
        raise InvalidProduct(f"{path.name} is no store of samples: {', '.join(missing) or 'format'}.", hint=hint)
    return Store(path, dates, about, rows)
