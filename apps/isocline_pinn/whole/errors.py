"""What the whole-domain engine raises; the application turns these into one line for the user."""


class WholeNetworkError(RuntimeError):
    """A problem that one network over the whole domain could not solve; one sentence."""
