"""A script's callbacks when there is no training: they are told of one epoch, after the solve."""

from collections.abc import Sequence
from typing import Any

import deepxde as dde

# They draw points or weights for a training that does not take place.
_OF_TRAINING = ("PDEPointResampler", "DropoutUncertainty")


def heeded(callbacks: Sequence[Any] | Any | None) -> tuple[list[Any], list[str]]:
    """The callbacks to tell, and the names of those that have nothing to do."""
    given = [] if callbacks is None else callbacks
    listed = list(given) if isinstance(given, list | tuple) else [given]
    kinds = [{base.__name__ for base in type(item).__mro__} for item in listed]
    told = [item for item, kind in zip(listed, kinds, strict=True) if not kind & {*_OF_TRAINING}]
    names = [type(item).__name__ for item in listed if all(item is not other for other in told)]
    return told, names


def begin(callbacks: Sequence[Any], model: Any) -> None:
    """Before the solve: the constants are still what they were set to."""
    for callback in callbacks:
        callback.set_model(model)
        callback.on_train_begin()


def finish(callbacks: Sequence[Any]) -> None:
    """After the solve: one epoch has passed, and training ends.

    A checkpoint is written once, under the name it would have had after the last iteration.
    """
    for callback in callbacks:
        if isinstance(callback, dde.callbacks.ModelCheckpoint):
            callback.model.save(callback.filepath, verbose=callback.verbose)
            continue
        callback.on_epoch_begin()
        callback.on_batch_begin()
        callback.on_batch_end()
        callback.on_epoch_end()
        callback.on_train_end()
