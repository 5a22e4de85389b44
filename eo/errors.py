"""Errors of the Earth-observation library: one base, a stable code each, and what to do next."""

from typing import ClassVar


class EoError(Exception):
    """Base of the library's errors; `message` names the value and what is allowed, `hint` the next step."""

    code: ClassVar[str] = "eo_error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidArea(EoError):
    """An area of interest that cannot be used."""

    code = "invalid_area"


class InvalidProjection(EoError):
    """A coordinate reference system that is not known or cannot serve as an output grid."""

    code = "invalid_projection"


class InvalidProduct(EoError):
    """A folder or file that is not the product it should be."""

    code = "invalid_product"


class MissingBand(EoError):
    """A wanted band is not in the product."""

    code = "missing_band"


class MissingPolarisation(EoError):
    """A wanted polarisation is not in the product."""

    code = "missing_polarisation"


class WrongProductType(EoError):
    """A product of a type that the operation does not take."""

    code = "wrong_product_type"


class NoOverlap(EoError):
    """Areas that should overlap do not."""

    code = "no_overlap"


class UnsuitablePair(EoError):
    """Two products that do not make a pair."""

    code = "unsuitable_pair"


class UnsafeArchive(EoError):
    """An archive that would write outside its folder, or grow beyond all measure."""

    code = "unsafe_archive"


class InvalidVector(EoError):
    """A vector file that cannot be used."""

    code = "invalid_vector"


class InvalidOrbit(EoError):
    """An orbit file that cannot be used for an image."""

    code = "invalid_orbit"


class MissingDem(EoError):
    """Heights of the ground that are wanted and not there."""

    code = "missing_dem"


class NotEnoughData(EoError):
    """Too few valid values for what should be told from them."""

    code = "not_enough_data"


class InvalidOption(EoError):
    """A value of an option that is not allowed."""

    code = "invalid_option"


class InvalidWindow(EoError):
    """A window of pixels that cannot be used."""

    code = "invalid_window"


class InvalidOsmFile(EoError):
    """A file that is none of OpenStreetMap, or damaged."""

    code = "invalid_osm_file"


class StoreUnavailable(EoError):
    """The database of features cannot be reached, or holds nothing yet."""

    code = "store_unavailable"


class UnknownCountry(EoError):
    """A country whose boundary is not among the features."""

    code = "unknown_country"


class NoFeatures(EoError):
    """Nothing of what is wanted lies in the area."""

    code = "no_features"


class InvalidSamples(EoError):
    """Arrays of labelled samples, or a set of them, that cannot be used."""

    code = "invalid_samples"


class PeriodMismatch(EoError):
    """A stack whose periods are not those that a network takes."""

    code = "period_mismatch"


class WrongModel(EoError):
    """A network of another task than the one it is asked for."""

    code = "wrong_model"


class OutOfDeviceMemory(EoError):
    """A graphics card that has too little memory, or that is not there."""

    code = "out_of_device_memory"


class InvalidModel(EoError):
    """A package of a trained network that is none, or whose parts do not fit together."""

    code = "invalid_model"


class UnsafeModel(EoError):
    """A file of a network that could run code, or reach beyond itself."""

    code = "unsafe_model"
