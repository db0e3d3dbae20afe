"""`python -m isocline_sysid` is `isocline sysid`."""

from isocline_sysid.cli import main

if __name__ == "__main__":
    main()
