"""Which terms stay."""

from isocline_sysid.selection.evidence import Supported, select_by_evidence
from isocline_sysid.selection.few_samples import Chosen, select_by_trajectory
from isocline_sysid.selection.thresholded import Selected, select_terms

__all__ = [
    "Chosen",
    "Selected",
    "Supported",
    "select_by_evidence",
    "select_by_trajectory",
    "select_terms",
]
