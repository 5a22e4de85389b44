"""The filters once more, pixel by pixel and without any thought of speed."""

import numpy as np


def by_pixel(values, window, estimate):
    """Call `estimate` with each valid pixel, its window (float64, NaN beyond the image) and its place."""
    half = window // 2
    padded = np.pad(values.astype(np.float64), half, constant_values=np.nan)
    out = np.full(values.shape, np.nan)
    for i, j in np.argwhere(np.isfinite(values)):
        out[i, j] = estimate(padded[i + half, j + half], padded[i : i + window, j : j + window], (i, j))
    return out


def lee(value, pixels, looks):
    mean, noise = np.nanmean(pixels), 1 / looks
    signal = (np.nanvar(pixels) + mean**2) / (noise + 1) - mean**2
    return mean + max(signal, 0) / (mean**2 * noise + max(signal, 0)) * (value - mean)


def gamma_map(value, pixels, looks):
    mean, seen, speckle = np.nanmean(pixels), np.nanstd(pixels) / np.nanmean(pixels), looks**-0.5
    if seen <= speckle:
        return mean
    if seen >= np.sqrt(2) * speckle:
        return value
    order = (1 + speckle**2) / (seen**2 - speckle**2)
    # the zero of the derivative of the posterior: order · r² - (order - looks - 1) · mean · r - looks · value · mean
    return np.roots([order, -(order - looks - 1) * mean, -looks * value * mean]).max()


def frost(value, pixels, damping):
    half = pixels.shape[0] // 2
    down, right = np.mgrid[-half : half + 1, -half : half + 1]
    weights = np.exp(-damping * np.nanvar(pixels) / np.nanmean(pixels) ** 2 * np.hypot(down, right))
    return np.nansum(weights * pixels) / weights[np.isfinite(pixels)].sum()


def refined_lee(value, pixels, looks):
    nine = np.full((3, 3), np.nan)
    for k in range(3):
        for m in range(3):
            part = pixels[2 * k : 2 * k + 3, 2 * m : 2 * m + 3]
            if np.isfinite(part).any():
                nine[k, m] = np.nanmean(part)
    down, right = np.mgrid[-1:2, -1:2]
    known = np.where(np.isnan(nine), nine[1, 1], nine)
    directions = [(right, (0, 1)), (down, (1, 0)), (right - down, (-1, 1)), (right + down, (1, 1))]
    slopes = [abs((np.sign(ahead) * known).sum()) for ahead, _ in directions]
    _, (k, m) = directions[int(np.argmax(slopes))]
    ahead, behind = np.nan_to_num(np.abs([nine[1 + k, 1 + m], nine[1 - k, 1 - m]] - nine[1, 1]), nan=np.inf)
    if behind < ahead:
        k, m = -k, -m
    down, right = np.mgrid[-3:4, -3:4]
    return lee(value, np.where(k * down + m * right >= 0, pixels, np.nan), looks)


def least_squares(value, pixels, noise):
    mean, variance = np.nanmean(pixels), np.nanvar(pixels)
    signal = (variance - noise * mean**2) / (1 + noise)
    return mean + (signal / variance if signal > 0 else 0) * (value - mean)


def targets(values, level):
    marked = np.zeros(values.shape, bool)
    for i, j in np.argwhere(values > level):
        around = [(k, m) for k in range(i - 1, i + 2) for m in range(j - 1, j + 2)]
        bright = [p for p in around if min(p) >= 0 and p[0] < values.shape[0] and p[1] < values.shape[1]]
        bright = [p for p in bright if values[p] > level]
        if len(bright) >= 5:
            for p in bright:
                marked[p] = True
    return marked


def lee_sigma(value, pixels, looks, bounds):
    low, high, noise = bounds
    half = pixels.shape[0] // 2
    expected = least_squares(value, pixels[half - 1 : half + 2, half - 1 : half + 2], 1 / looks)
    chosen = pixels[(pixels >= low * expected) & (pixels <= high * expected)]
    return least_squares(value, chosen, noise) if chosen.size else expected
