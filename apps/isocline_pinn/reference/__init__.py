"""Classical solutions that judge the networks: closed forms, exponential integrators, series."""
