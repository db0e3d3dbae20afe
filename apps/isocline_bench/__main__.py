"""`python -m isocline_bench` is `isocline bench`."""

from isocline_bench.cli import main

if __name__ == "__main__":
    main()
