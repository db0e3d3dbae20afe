"""The exceptions and warnings of the data layer."""


class DataError(ValueError):
    """Data that cannot be used as given.

    The message is one sentence for the person at the keyboard: what was given, what was
    expected, and what to do next.
    """


class DataWarning(UserWarning):
    """Data that was read, but not as its writer may have meant; the message says how."""
