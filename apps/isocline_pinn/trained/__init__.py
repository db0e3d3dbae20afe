"""Trained networks: residuals of an unmodified problem, Levenberg–Marquardt, adaptive points."""
