"""What a run raises for the person at the keyboard."""

from pathlib import Path


class UserError(Exception):
    """Something the user gave that cannot be used.

    The message is one sentence: what was given, what was expected, what to do next. The command
    line prints it and exits with code 2.
    """


class Interrupted(KeyboardInterrupt):
    """Ctrl-C inside a run; what was reached is kept and can be resumed.

    It is a `KeyboardInterrupt`, so that code which catches `Exception` to carry on with the next
    task does not carry on after Ctrl-C.

    Attributes:
        folder: The folder that `--resume` takes up again (the run's `--out`).
    """

    def __init__(self, folder: Path, *, resumable: bool = True) -> None:
        """Say how to go on.

        Args:
            folder: The run's `--out`.
            resumable: Whether a checkpoint was reached.
        """
        self.folder = folder
        how = (
            "add --resume to the same command to go on from its last checkpoint"
            if resumable
            else "it has no checkpoint yet, so --resume will start from the beginning"
        )
        super().__init__(f"interrupted; {folder} keeps the unfinished run: {how}")
