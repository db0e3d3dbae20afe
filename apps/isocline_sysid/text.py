"""Equations as people read them: values rounded to their errors."""

from typing import TYPE_CHECKING

import numpy as np
import sympy

if TYPE_CHECKING:
    from isocline_sysid.model import Model


def equation_lines(model: "Model") -> list[str]:
    """One line an equation: "dx/dt = −(10.001 ± 0.005) x + …  [m/s]", units where they are known."""
    lines = []
    for k, state in enumerate(model.states):
        unit = rate_unit(model, state)
        lines.append(f"d{state}/dt = {_sum(model, k, latex=False)}" + (unit and f"  [{unit}]"))
    return lines


def rate_unit(model: "Model", state: str) -> str:
    """The unit of a state's derivative: "m/s", "1/year"; "" when neither unit is known."""
    own, time = model.units.get(state, ""), model.time_unit
    own, time = ("" if unit == "1" else unit for unit in (own, time))
    if not time:
        return own
    compound = any(sign in time for sign in " /*")
    return f"{own or '1'}/({time})" if compound else f"{own or '1'}/{time}"


def latex_lines(model: "Model") -> list[str]:
    """One line an equation, for an `align` environment."""
    lines = []
    for k, state in enumerate(model.states):
        symbol = sympy.latex(sympy.Symbol(state))
        unit = rate_unit(model, state)
        shown = rf" \quad [\mathrm{{{unit}}}]" if unit else ""
        lines.append(rf"\frac{{d {symbol}}}{{dt}} &= {_sum(model, k, latex=True)}{shown}")
    return [line + (r" \\" if i + 1 < len(lines) else "") for i, line in enumerate(lines)]


def rounded(value: float, error: float) -> tuple[str, str]:
    """A positive value and its error, to two digits of the error."""
    if not (np.isfinite(error) and error > 0):
        return f"{value:.4g}", ""
    digits = 1 - int(np.floor(np.log10(error)))
    if digits > 6 or digits < -2:
        significant = digits + 1 + int(np.floor(np.log10(max(value, error))))
        return f"{value:#.{min(significant, 15)}g}", f"{error:.1e}"
    return f"{value:.{max(digits, 0)}f}", f"{error:.{max(digits, 0)}f}"


def _sum(model: "Model", equation: int, *, latex: bool) -> str:
    values = model.values[equation]
    errors = np.asarray(model.coefficients["standard_error"].values)[equation]
    names = [sympy.latex(s) for s in model.library.symbols] if latex else model.library.term_names
    pieces: list[str] = []
    for value, error, name in zip(values, errors, names, strict=True):
        if value == 0:
            continue
        size, plus_minus = rounded(abs(value), error)
        between = r"\pm" if latex else "±"
        number = f"({size} {between} {plus_minus})" if plus_minus else size
        sign = "−" if value < 0 and not latex else "-" if value < 0 else "+"
        lead = ("" if value > 0 else sign) if not pieces else f" {sign} "
        pieces.append(f"{lead}{number}" if name == "1" else f"{lead}{number} {name}")
    return "".join(pieces) or "0"
