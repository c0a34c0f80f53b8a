"""Rows that need faults inside a process are unit tests; the table runs them and counts."""

import os
import re
import subprocess

from cluster import ROOT

FOLDER = os.environ.get("TENGU_TEST_BUILD", ".build-testing")
SECONDS = 600


def check_tests(row, pattern, what):
    """Runs the unit tests whose names match `pattern`; `what` says what they show."""
    result = subprocess.run(
        ["swift", "test", "--scratch-path", FOLDER, "-c", "release", "-Xswiftc", "-enable-testing", "--skip-build",
         "--filter", pattern],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
    text = (result.stdout + result.stderr).decode(errors="replace")
    found = re.findall(r"Test run with (\d+) tests?.* (passed|failed)", text)
    count = sum(int(number) for number, _ in found)
    (row.scratch / "tests.log").write_text(text)
    row.check(f"{count} unit tests ({pattern}): {what}", "all pass", result.returncode == 0 and count > 0)
