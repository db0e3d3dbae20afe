"""Forecast three years of weekly CO₂ from a record with gaps, and see whether the forecast was right.

Copy this file and change the source, the target and the horizon.  The function `main` below does with a
dataset in memory what `isocline forecast run co2 --target co2 --horizon 3y --holdout` does with a file.
"""

from isocline_data import open_dataset
from isocline_forecast import Forecaster
from isocline_forecast.scores import coverage, rmse


def main() -> tuple[float, float]:
    """Fit before 1999, forecast 1999 to 2001, and return the error in ppm and the 90 % coverage."""
    # A path, a URL or a name of the catalogue; gaps are NaN and stay so.
    ds = open_dataset("co2")
    past, later = ds.sel(time=slice(None, "1998")), ds.sel(time=slice("1999", None))

    # A linear stochastic differential equation: trend, season, slow and fast anomalies.  "auto"
    # compares it with simpler models first.
    forecaster = Forecaster(model="linear_sde").fit(past, target="co2", horizon="3y")
    for note in forecaster.notes:
        print(note)

    # One value for each quantile and stamp, with the labels and units of the data.
    forecast = forecaster.predict(stamps=later["time"].values)
    error = float(rmse(forecast["co2_mean"], later["co2"]))
    inside = float(coverage(forecast["co2"], later["co2"], 0.9))
    print(f"RMSE {error:.2f} ppm; the 90 % interval holds {inside:.0%} of the values")

    # `forecaster.save` keeps the fitted model; one read with `Forecaster.load` predicts from newer data
    # without a new fit: `predict("1y", history=newer)`.
    return error, inside


if __name__ == "__main__":
    main()
