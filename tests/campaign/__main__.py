"""
Holds the library to its laws, with one random configuration after the other.

``python -m tests.campaign --hours 1`` goes on with seeds that nobody has seen, prints a script for
each law that fails, and a table in the end. ``--share 8`` holds each configuration to an eighth of
the laws, for eight times as many configurations.
"""

import argparse
import sys
import time
from collections import Counter
from itertools import count, islice

import numpy as np

from tests.campaign.configurations import draw
from tests.campaign.failures import failure, script_of, shortest
from tests.campaign.laws import LAWS


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--hours", type=float, help="how long; 1 unless --configurations says")
    parser.add_argument("--configurations", type=int, help="how many, at most")
    parser.add_argument("--seed", type=int, help="that of the first, which the next ones follow")
    parser.add_argument("--share", type=int, default=1, help="hold each to one law of so many")
    asked = parser.parse_args(arguments)
    hours = asked.hours or (1.0 if asked.configurations is None else np.inf)
    first = int(np.random.default_rng().integers(2**40)) if asked.seed is None else asked.seed
    checks, failures, n, begin = Counter(), Counter(), 0, time.monotonic()
    print(f"Seeds from {first}", flush=True)
    try:
        for seed in islice(count(first), asked.configurations):
            if time.monotonic() - begin > hours * 3600:
                break
            configuration = draw(seed)
            n += 1
            for name in list(LAWS)[seed % asked.share :: asked.share]:
                checks[name] += LAWS[name].holds(configuration)
                if (error := failure(name, configuration)) is not None:
                    failures[name] += 1
                    text = script_of(name, shortest(name, configuration))
                    print(f"\n# Seed {seed}: {error!r:.300}\n{text}", flush=True)
    except KeyboardInterrupt:
        print("\nInterrupted")
    print(f"\n{'law':<60}{'checks':>10}{'failures':>10}")
    for name in LAWS:
        print(f"{name:<60}{checks[name]:>10}{failures[name]:>10}")
    n_checks, n_failures = checks.total(), failures.total()
    print(f"{f'{n} configurations':<60}{n_checks:>10}{n_failures:>10}")
    return int(n_failures > 0)


if __name__ == "__main__":
    sys.exit(main())
