# Each call of schemathesis goes out under the next key of the file that KEYS_FILE names, one secret a line.
import itertools
import os

import schemathesis

with open(os.environ["KEYS_FILE"], encoding="ascii") as file:
    KEYS = itertools.cycle(file.read().split())


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers = case.headers or {}
    case.headers["Authorization"] = f"Bearer {next(KEYS)}"
