import numpy as np
import pytest

LOOKS = 4.4  # Sentinel-1 IW GRDH


@pytest.fixture(scope="session")
def speckle():
    """A homogeneous field of mean 1."""
    return np.random.default_rng(1).gamma(LOOKS, 1 / LOOKS, (600, 600)).astype(np.float32)


@pytest.fixture(scope="session")
def scene():
    """A small one with all that may go wrong: an edge, a target, single and many pixels of no data."""
    rng = np.random.default_rng(2)
    values = rng.gamma(LOOKS, 1 / LOOKS, (47, 64)).astype(np.float32)
    values[:, 30:] *= 5
    values[20:23, 20:23] = 200
    values[rng.random(values.shape) < 0.05] = np.nan
    values[30:43, 40:58] = np.nan
    return values
