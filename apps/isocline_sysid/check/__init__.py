"""Is the problem well posed, and is the model any good."""

from isocline_sysid.check.identifiability import constant_controls, inseparable_terms

__all__ = ["constant_controls", "inseparable_terms"]
