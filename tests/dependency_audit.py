"""Check pinned dependencies for known vulnerabilities.

`python -m tests.dependency_audit requirements.txt` runs pip-audit and fails on a finding. If no advisory
service responds, for example offline, it says that nothing was checked.
"""

import json
import subprocess
import sys
from typing import Any


def run_pip_audit(requirements: str) -> dict[str, Any] | None:
    """Return pip-audit's report, or None if it could not reach a service."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--timeout", "15"]
    command += ["--progress-spinner", "off", "--format", "json", "--requirement", requirements]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(result.stdout)
    except ValueError:
        return None
    return report


def summarize_audit(report: dict[str, Any] | None) -> tuple[list[str], bool]:
    """Return the lines to print, and whether there are no findings."""
    packages = report["dependencies"] if report else []
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        return ["The dependencies were not audited: no advisory service responded."], True
    findings = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in "
        f"{', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for package in audited
        for vulnerability in package["vulns"]
    ]
    summary = (
        f"{len(audited)} of {len(packages)} dependencies audited. Known vulnerabilities: {len(findings)}."
    )
    return [*findings, summary], not findings


if __name__ == "__main__":
    lines, is_clean = summarize_audit(run_pip_audit(sys.argv[1]))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(not is_clean)
