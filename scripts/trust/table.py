"""The rows of the trust table, and the verdict on each."""

import pathlib
import shutil
import tempfile
import time
import traceback

ROWS = {}


class Row:
    """Collects the figures of one row and compares each with its mark."""

    def __init__(self, number, title, scratch):
        self.number, self.title, self.scratch = number, title, scratch
        self.checks = []

    def check(self, figure, mark, passed):
        """`figure` says what was measured, `mark` what is asked."""
        self.checks.append((figure, mark, bool(passed)))

    @property
    def passed(self):
        return bool(self.checks) and all(passed for _, _, passed in self.checks)

    def lines(self, seconds):
        verdict = "passed" if self.passed else "FAILED"
        yield f"{self.number:>3}  {verdict}  {self.title}  ({seconds:.0f} s)"
        for figure, mark, passed in self.checks:
            yield f"       {'ok  ' if passed else 'FAIL'}  {figure}  [{mark}]"


def row(number, title):
    """Registers a function as a row; it receives the `Row`."""
    def register(function):
        ROWS[number] = (title, function)
        return function
    return register


def run_rows(numbers, keep=False):
    """Runs the rows in order and prints each when it is done.

    Returns the numbers of those that failed.
    """
    failed = []
    for number in numbers:
        title, function = ROWS[number]
        scratch = pathlib.Path(tempfile.mkdtemp(prefix=f"tengu-trust-{number}-"))
        result = Row(number, title, scratch)
        began = time.monotonic()
        try:
            function(result)
        except Exception as error:  # a row that cannot be measured has failed
            result.check(f"{type(error).__name__}: {error}", "the row can be measured", False)
            if keep:
                traceback.print_exc()
        for line in result.lines(time.monotonic() - began):
            print(line, flush=True)
        if not result.passed:
            failed.append(number)
        if keep:
            print(f"       kept: {scratch}", flush=True)
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    return failed
