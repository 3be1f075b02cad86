"""dashboard.py PROMETHEUS BOARD: waits until every expression of the dashboard has data.

Rates want to see figures grow, so somebody comes and says something between the rounds.
"""

import json, sys, time
import urllib.request
from urllib.parse import urlencode

from device import PATIENCE, PLACE, Device

prometheus, board = sys.argv[1:]


def has_data(expression):
    expression = expression.replace("$__rate_interval", "1m").replace("$instance", ".*")
    with urllib.request.urlopen(f"{prometheus}/api/v1/query", urlencode({"query": expression}).encode(), PATIENCE) as answer:
        return len(json.load(answer)["data"]["result"]) > 0


with open(board) as f:
    missing = [target["expr"] for panel in json.load(f)["panels"] for target in panel.get("targets", [])]
assert len(missing) > 20, "the dashboard has few expressions"
count, until = len(missing), time.monotonic() + 2 * PATIENCE
while missing:
    assert time.monotonic() < until, f"no data for {missing}"
    somebody = Device(next(iter(PLACE["apps"])), "ann")
    somebody.send("c2c/carol", f"is it {time.monotonic()}?")
    somebody.leave()
    missing = [e for e in missing if not has_data(e)]
print(f"the dashboard has data for all {count} expressions")
