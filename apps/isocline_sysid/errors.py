"""What identification refuses, in one sentence each."""

from isocline_run import UserError


class IdentificationError(UserError):
    """The data cannot be used as asked, or do not determine the equations."""
