"""Sphinx settings: MyST pages, API pages from the docstrings; the Makefile turns warnings into errors."""

import os
from importlib.metadata import version as distribution_version

# The applications' PDE half imports DeepXDE, which asks for a backend when none is named.
os.environ.setdefault("DDE_BACKEND", "pytorch")

project = "Isocline"
author = "The Isocline developers"
copyright = "2026, the Isocline developers"  # noqa: A001 - the name is Sphinx's
release = version = distribution_version("isocline")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "benchmarks/*-table.md"]

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"Isocline {version}"
html_static_path = ["_static"]
