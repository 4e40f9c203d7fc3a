"""ASReview with its default model on one labelled set; runs in an environment of its own, see ``peer_environment``.

Reads JSON on standard input: ``title``, ``abstract`` and ``relevant`` of every record, and ``priors``, per simulation
the numbers of the records whose labels are known. Writes, per simulation, the numbers of all records read, in order,
until the last relevant one is found.
"""

import json
import sys

import pandas as pd
from asreview.learner import ActiveLearningCycle
from asreview.models.models import get_ai_config
from asreview.simulation.simulate import Simulate

asked = json.load(sys.stdin)
records = pd.DataFrame({"title": asked["title"], "abstract": asked["abstract"]})
orders = []
for priors in asked["priors"]:
    cycle = ActiveLearningCycle.from_meta(get_ai_config()["value"])
    simulation = Simulate(records, pd.Series(asked["relevant"]), cycle, print_progress=False)
    simulation.label(priors)
    simulation.review()
    orders.append([int(record) for record in simulation._results["record_id"]])  # it has no other name
json.dump({"model": get_ai_config()["name"], "orders": orders}, sys.stdout)
