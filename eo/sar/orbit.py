"""The path of a satellite through an Earth-fixed frame, as polynomials of time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eo.errors import InvalidProduct

Floats = NDArray[np.float64]
_DEGREE = 7
_FEWEST_VECTORS = 4
_ENOUGH_VECTORS = 9


@dataclass(frozen=True)
class Orbit:
    """Polynomials of the normalised time u = (t − centre_s) / half_s, fitted to state vectors.

    Args:
        coefficients: (3, degree + 1), metres, lowest power first.
        first_s, last_s: the times that the fit is good for.
    """

    centre_s: float
    half_s: float
    coefficients: Floats
    first_s: float
    last_s: float

    def position_m(self, time_s: Floats | float) -> Floats:
        """Return the Earth-fixed position, shape (…, 3)."""
        return self._derivative(time_s, 0)

    def velocity_m_s(self, time_s: Floats | float) -> Floats:
        """Return the Earth-fixed velocity, shape (…, 3)."""
        return self._derivative(time_s, 1)

    def acceleration_m_s2(self, time_s: Floats | float) -> Floats:
        """Return the Earth-fixed acceleration, shape (…, 3)."""
        return self._derivative(time_s, 2)

    def _derivative(self, time_s: Floats | float, order: int) -> Floats:
        u = (np.asarray(time_s, np.float64) - self.centre_s) / self.half_s
        derived = np.polynomial.polynomial.polyder(self.coefficients, order, axis=1) / self.half_s**order
        return np.moveaxis(np.polynomial.polynomial.polyval(u, derived.T), 0, -1)


def fit_orbit(time_s: Floats, position_m: Floats, velocity_m_s: Floats) -> Orbit:
    """Fit positions in the least-squares sense; velocities count only where there are few vectors.

    In some annotations velocities contradict the positions by millimetres a second (S1B, April 2021: half a metre of
    position in a minute), so positions alone decide wherever they can.

    Args:
        time_s: (n,), ascending.
        position_m: (n, 3).
        velocity_m_s: (n, 3).

    Raises:
        InvalidProduct: fewer than four state vectors.
    """
    if len(time_s) < _FEWEST_VECTORS:
        raise InvalidProduct(
            f"There are {len(time_s)} orbit state vectors; at least {_FEWEST_VECTORS} are needed.",
            hint="Give an orbit file, or fetch the product again.",
        )
    centre, half = (time_s[0] + time_s[-1]) / 2, (time_s[-1] - time_s[0]) / 2
    u = (time_s - centre) / half
    if len(time_s) >= _ENOUGH_VECTORS:
        degree = min(_DEGREE, len(time_s) - 3)
        rows, values = np.vander(u, degree + 1, increasing=True), position_m
    else:
        degree = len(time_s)
        powers = np.vander(u, degree + 1, increasing=True)
        slopes = np.zeros_like(powers)
        slopes[:, 1:] = powers[:, :-1] * np.arange(1, degree + 1)
        rows, values = np.concatenate([powers, slopes]), np.concatenate([position_m, velocity_m_s * half])
    coefficients, *_ = np.linalg.lstsq(rows, values, rcond=None)
    return Orbit(
        float(centre), float(half), np.asarray(coefficients.T, np.float64).copy(), float(time_s[0]), float(time_s[-1])
    )
