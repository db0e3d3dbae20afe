"""The figures that a script draws: kept in the run's folder, shown nowhere, waited for by nobody."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def keeping_figures(folder: Path) -> Iterator[None]:
    """Save each figure that is shown, or still open at the end, as `script-1.png`, … .

    Args:
        folder: Made when there is a figure.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    shown, use, backend = plt.show, mpl.use, mpl.get_backend()
    number = 0

    def keep(*_: Any, **__: Any) -> None:
        nonlocal number
        for which in plt.get_fignums():
            figure = plt.figure(which)
            number += 1
            folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(folder / f"script-{number}.png", dpi=110)
        plt.close("all")

    def use_none(*_: Any, **__: Any) -> None:
        """No window is opened, whatever the script asks for."""

    plt.close("all")
    plt.switch_backend("Agg")
    plt.show, mpl.use = keep, use_none
    try:
        yield
        keep()
    finally:
        plt.close("all")
        plt.show, mpl.use = shown, use
        plt.switch_backend(backend)
