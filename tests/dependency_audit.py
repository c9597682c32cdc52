"""`python -m tests.dependency_audit requirements.txt`: known holes in the pinned libraries, by pip-audit.

Fails on a finding. Where no advisory service answers, as on a machine without the internet, it says so in
one line and does not pretend to have looked.
"""

import json
import subprocess
import sys
from typing import Any


def run_pip_audit(requirements: str) -> dict[str, Any] | None:
    """Return pip-audit's report, or None where it could not ask."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--timeout", "15"]
    command += ["--progress-spinner", "off", "--format", "json", "--requirement", requirements]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(answer.stdout)
    except ValueError:
        return None
    return report


def summarize_audit(report: dict[str, Any] | None) -> tuple[list[str], bool]:
    """Return the lines to say, and whether the libraries may be used."""
    libraries = report["dependencies"] if report else []
    asked = [library for library in libraries if "skip_reason" not in library]
    if not asked:
        return ["The libraries were not audited: no advisory service answered."], True
    findings = [
        f"{library['name']} {library['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for library in asked
        for hole in library["vulns"]
    ]
    summary = f"{len(asked)} of {len(libraries)} libraries audited, {len(findings)} known holes."
    return [*findings, summary], not findings


if __name__ == "__main__":
    lines, may_pass = summarize_audit(run_pip_audit(sys.argv[1]))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(not may_pass)
