"""`python -m isocline` is `isocline`."""

from isocline.cli import main

if __name__ == "__main__":
    main()
