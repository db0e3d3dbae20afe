"""`python -m isocline_forecast`."""

from isocline_forecast.cli import main

if __name__ == "__main__":
    main()
