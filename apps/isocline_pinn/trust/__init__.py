"""What makes a result one that can be believed.

A problem is looked at before it is solved, and a solution before it is handed over.
"""

from isocline_pinn.trust.after import Health, health, look_after
from isocline_pinn.trust.before import look_before

__all__ = ["Health", "health", "look_after", "look_before"]
