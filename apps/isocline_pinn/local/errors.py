"""What the local engine raises; the application turns these into one line for the user."""

from __future__ import annotations


class LocalNetworkError(RuntimeError):
    """A problem that local networks could not solve; the message is one sentence."""


class UnsuitableProblemError(LocalNetworkError):
    """The problem does not fit local networks: another method is to be used."""


class BadConditionError(LocalNetworkError):
    """A condition that selects no point, has the wrong shape or is not a number somewhere."""


class BadEquationError(LocalNetworkError):
    """An equation that returns the wrong shape or is not a number somewhere."""


class BudgetTooSmallError(LocalNetworkError):
    """Not even one level fits in the budget."""


class OutOfTimeError(LocalNetworkError):
    """The deadline passed within a level: what earlier levels reached is what there is."""


class TooLargeError(LocalNetworkError):
    """A level that does not fit in memory; the message says which would."""
