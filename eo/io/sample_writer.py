"""Write a folder of samples piece by piece, however many there are (`sample_arrays` says what is in it)."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from eo.io.sample_arrays import SampleMeta, write_meta


class SampleWriter:
    """Appends samples to the arrays of a folder; `close` writes the labels and what the arrays mean.

    Args:
        folder: made.
        count: how many samples will come.
        meta: whether it has gaps is found out while writing.
    """

    def __init__(self, folder: Path, count: int, meta: SampleMeta) -> None:
        folder.mkdir(parents=True)
        self._folder, self._count, self._meta = folder, count, meta
        self._labels: list[NDArray[np.uint8]] = []
        self._groups: list[NDArray[np.int32]] = []
        self._gaps = False
        self._stream: BinaryIO = (folder / "x.npy").open("wb")
        shape = (count, meta.periods.count, len(meta.bands))
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._stream, header)

    def write(self, series: NDArray[np.float32], labels: NDArray[np.uint8], group: int) -> None:
        """Append samples: (samples, periods, bands) and (samples), all of one group."""
        self._gaps = self._gaps or bool(np.isnan(series).any())
        self._stream.write(np.ascontiguousarray(series, "<f4").tobytes())
        self._labels.append(labels.astype(np.uint8))
        self._groups.append(np.full(len(labels), group, np.int32))

    def close(self) -> None:
        """Finish the folder.

        Raises:
            ValueError: not as many samples came as were said to come.
        """
        self._stream.close()
        labels = np.concatenate(self._labels) if self._labels else np.zeros(0, np.uint8)
        if len(labels) != self._count:
            raise ValueError(f"{len(labels)} samples were written, {self._count} were said to come.")
        np.save(self._folder / "y.npy", labels)
        np.save(self._folder / "group.npy", np.concatenate(self._groups))
        write_meta(self._folder, self._meta.model_copy(update={"gaps": self._gaps}))
