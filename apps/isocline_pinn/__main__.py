"""`python -m isocline_pinn`."""

from isocline_pinn.cli import main

if __name__ == "__main__":
    main()
