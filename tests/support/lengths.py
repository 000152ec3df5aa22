"""How long a property is tried: a few examples in `make test`, always the same; FUZZ_EXAMPLES, each time others, in `make fuzz`."""

import os

IS_LONG = "FUZZ_EXAMPLES" in os.environ
SECONDS = 7200 if IS_LONG else 600  # a busy machine is slow, not wrong


def examples(few: int) -> int:
    return int(os.environ["FUZZ_EXAMPLES"]) if IS_LONG else few
