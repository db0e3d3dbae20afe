"""Any DeepXDE script, unchanged, with our engine in the place of its trainings.

The script runs from its first to its last line. `dde.Model.train` solves the model's problem and puts
the solution in the place of its network, so that what follows (`predict`, `saveplot`, metrics) sees it.
"""

from isocline_pinn.script.execution import BrokenScriptError
from isocline_pinn.script.start import solve_script, train_model

__all__ = ["BrokenScriptError", "solve_script", "train_model"]
