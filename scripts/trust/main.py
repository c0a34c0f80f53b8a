"""Prints the trust table: what breaks a distributed trainer, and whether it breaks this one."""

import argparse
import sys
import time

import rows_flow  # noqa: F401  (importing registers the rows)
import rows_input  # noqa: F401
import rows_outside  # noqa: F401
import rows_processes  # noqa: F401
from table import ROWS, run_rows

parser = argparse.ArgumentParser(prog="scripts/trust.sh")
parser.add_argument("rows", nargs="*", type=int)
parser.add_argument("--keep", action="store_true")
arguments = parser.parse_args()
numbers = arguments.rows or sorted(ROWS)
unknown = [number for number in numbers if number not in ROWS]
if unknown:
    print(f"trust.sh: there is no row {unknown[0]}; there are {sorted(ROWS)}", file=sys.stderr)
    sys.exit(64)
began = time.monotonic()
failed = run_rows(numbers, arguments.keep)
print(f"trust.sh: {len(numbers) - len(failed)} of {len(numbers)} rows passed in {(time.monotonic() - began) / 60:.0f} minutes"
      + (f"; failed: {failed}" if failed else ""))
sys.exit(1 if failed else 0)
