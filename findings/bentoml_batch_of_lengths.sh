#!/bin/sh
# A BentoML service that takes arrays and gathers requests into batches answers each sequence that
# comes alone, and none of those that come together, if their lengths differ. Seen in bentoml 1.4.40
# with numpy 2.4.6, Python 3.11. Not part of CI: sh findings/bentoml_batch_of_lengths.sh fails once it
# is otherwise.
#
# An endpoint with batchable=True is called with the requests of a short while in one. Two services
# count the steps of sequences, as arrays of shape (1, steps, features) or as nested lists:
# 1. Requests one after another are all answered, by both.
# 2. Requests at the same time, of equal length, are all answered, by both.
# 3. Requests at the same time, of different lengths, are all answered by the one that takes lists.
#    That which takes arrays joins them by numpy.concatenate, which wants equal steps: every request
#    of the batch fails with status 500, the client being told of an unexpected error. So it passes
#    every test that asks one by one, and fails under load.
#       arrays, one by one: 200 8 times
#       arrays, at once, equal lengths: 200 8 times
#       arrays, at once, two lengths: 500 8 times
#       lists, one by one: 200 8 times
#       lists, at once, equal lengths: 200 8 times
#       lists, at once, two lengths: 200 8 times
# What helps: nested lists as the type of the argument, or arrays padded to one length by clients.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    bentoml==1.4.40 numpy==2.4.6
cd "$folder"
cat > counts.py <<'PYTHON'
import bentoml
import numpy as np


@bentoml.service(workers=1)
class Counts:
    @bentoml.api(batchable=True, max_batch_size=8, max_latency_ms=10_000)
    def arrays(self, X: np.ndarray) -> np.ndarray:
        return np.full(len(X), X.shape[1])

    @bentoml.api(batchable=True, max_batch_size=8, max_latency_ms=10_000)
    def lists(self, X: list[list[list[float]]]) -> list[int]:
        return [len(x) for x in X]
PYTHON
BENTOML_DO_NOT_TRACK=True BENTOML_HOME="$folder/bentoml" "$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import logging
import warnings
from importlib.metadata import version

import httpx

assert version("bentoml") == "1.4.40", version("bentoml")
warnings.simplefilter("ignore")
from counts import Counts

logging.disable(logging.ERROR)  # the tracebacks of what fails


async def main():
    app = Counts.to_asgi(is_main=True)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test",
                                     timeout=60) as client:
            await check(client)


async def check(client):
    async def ask(name, n_steps):
        answer = await client.post(f"/{name}", json={"X": [[[0.0, 0.0]] * n_steps]})
        if answer.status_code == 200:
            assert answer.json() == [n_steps], answer.json()
        return answer.status_code

    for name in ("arrays", "lists"):
        alone = [await ask(name, n) for n in 4 * (2, 3)]
        equal = await asyncio.gather(*(ask(name, 2) for _ in range(8)))
        unequal = await asyncio.gather(*(ask(name, n) for n in 4 * (2, 3)))
        for case, found in (("one by one", alone), ("at once, equal lengths", equal),
                            ("at once, two lengths", unequal)):
            (status,) = set(found)
            print(f"{name}, {case}: {status} {len(found)} times")
            assert status == (500 if (name, found) == ("arrays", unequal) else 200)


asyncio.run(main())
PYTHON
echo "As described."
