"""What makes a result one that can be believed.

A problem is looked at before it is solved, and a solution before it is handed over.
"""

from isocline_pinn.trust.before import look_before

__all__ = ["look_before"]
