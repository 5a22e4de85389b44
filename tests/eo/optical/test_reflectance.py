import numpy as np

from eo.optical.reflectance import OFFSET, SCALE, repack


def row(*values, dtype=np.uint16):
    return np.array([values], dtype)


def test_numbers_from_04_00_on_stay_as_they_are():
    stored = row(0, 1, 1000, 65535)
    assert repack(stored, 1e-4, -0.1, 0, 65535) is stored


def test_older_numbers_move_by_the_offset():
    # 0.15 stored as 1500 becomes 2500: 2500 · 0.0001 − 0.1 = 0.15
    assert repack(row(0, 1500, 3, 65535), 1e-4, 0.0, 0, 65535).tolist() == [[0, 2500, 1003, 65535]]
    assert 2500 * SCALE + OFFSET == 0.15


def test_what_cannot_be_held_stays_apart_from_no_data_and_saturated():
    assert repack(row(1, 65534), 1e-4, 0.5, 0, 65535).tolist() == [[6001, 65534]]
    assert repack(row(1, 2), 1e-4, -0.5, 0, None).tolist() == [[1, 1]]


def test_signed_numbers_of_theia():
    stored = row(-10_000, -200, 0, 1500, dtype=np.int16)
    assert repack(stored, 1e-4, 0.0, -10_000, None).tolist() == [[0, 800, 1000, 2500]]


def test_another_quantification():
    assert repack(row(500), 1e-3, 0.0, 0, None).tolist() == [[6000]]
