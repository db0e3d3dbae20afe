"""`isocline doctor`: what is installed, which devices and data are found, what is missing."""

import importlib.metadata
import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verdict = Literal["ok", "missing", "note"]


@dataclass(frozen=True)
class Finding:
    """One line of the examination.

    Attributes:
        subject: What was looked at.
        verdict: "ok", "missing" (something that is needed or asked for) or "note".
        detail: What was found, and for a missing thing how to get it.
    """

    subject: str
    verdict: Verdict
    detail: str


def examine(data_dir: Path | None = None) -> list[Finding]:
    """Look at Python, packages, extras, devices, threads and data.

    Args:
        data_dir: A folder of data to look in before the others.

    Returns:
        The findings, in the order a reader wants them.
    """
    return [_python(), *_packages(), *_devices(), *_data(data_dir)]


def show(findings: list[Finding]) -> None:
    """Print the findings as a table."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    colours = {"ok": "green", "missing": "red", "note": "yellow"}
    table = Table("", "what", "found", show_lines=False)
    for finding in findings:
        mark = f"[{colours[finding.verdict]}]{finding.verdict}[/]"
        table.add_row(mark, escape(finding.subject), escape(finding.detail))
    Console().print(table)


def _python() -> Finding:
    detail = f"{platform.python_version()} at {sys.executable}, {platform.platform()}"
    return Finding("Python", "ok" if sys.version_info >= (3, 11) else "missing", detail)


def _packages() -> list[Finding]:
    """The distribution's own requirements, and its extras by name."""
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for requirement in importlib.metadata.requires("isocline") or []:
        name = re.split(r"[\s\[<>=!~;(]", requirement, maxsplit=1)[0]
        marker = re.search(r"extra == ['\"](\w+)['\"]", requirement)
        if marker:
            extras.setdefault(marker.group(1), []).append(name)
        else:
            needed.append(name)
    findings = [Finding("isocline", "ok", importlib.metadata.version("isocline"))]
    findings += [_package(name, f"pip install {name}") for name in needed]
    for extra, names in extras.items():
        absent = [name for name in names if _version(name) is None]
        how = (
            f"without {', '.join(absent)}; pip install 'isocline[{extra}]'"
            if absent
            else "complete"
        )
        findings.append(Finding(f"extra [{extra}]", "note" if absent else "ok", how))
    return findings


def _package(name: str, how: str) -> Finding:
    found = _version(name)
    return Finding(name, "ok", found) if found else Finding(name, "missing", how)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _devices() -> list[Finding]:
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    findings = [
        Finding("CPU", "ok", f"{cores} cores, torch uses {torch.get_num_threads()} threads")
    ]
    if torch.cuda.is_available():
        names = ", ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
        findings.append(Finding("CUDA", "ok", names))
    else:
        findings.append(Finding("CUDA", "note", "no device; everything runs on the CPU"))
    return findings


def _data(data_dir: Path | None) -> list[Finding]:
    from isocline_data import DataError, catalogue

    known = catalogue.load_catalogue()
    absent: list[str] = []
    folders: dict[Path, list[str]] = {}
    for name in known.names():
        try:
            folders.setdefault(known.locate(name, data_dir=data_dir).parent, []).append(name)
        except DataError:
            absent.append(name)
    findings = [
        Finding(f"data in {folder}", "ok", ", ".join(names)) for folder, names in folders.items()
    ]
    if absent:
        how = (
            "set ISOCLINE_DATA to their folder, pass --data-dir, or try `isocline data fetch NAME`"
        )
        findings.append(Finding("data not found", "note", f"{', '.join(absent)}; {how}"))
    return findings
