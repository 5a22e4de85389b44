"""Learning from time series: networks, training, calibration, metrics. Arrays in and arrays out."""
