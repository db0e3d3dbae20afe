"""The equations as linear regressions: the weak (integral) form."""

from isocline_sysid.regression.weak import WeakForm, weak_form
from isocline_sysid.regression.whitened import Fit, fit_whitened

__all__ = ["Fit", "WeakForm", "fit_whitened", "weak_form"]
