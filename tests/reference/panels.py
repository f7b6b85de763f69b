"""Makes reference numbers for src/stats/dawid_skene.rs with crowd-kit.

    pip install crowd-kit
    python tests/reference/panels.py          # writes tests/reference/panels.json, which a unit test reads
"""

import json
import random
from pathlib import Path

import crowdkit
import pandas as pd
from crowdkit.aggregation import DawidSkene

FOLDER = Path(__file__).resolve().parent


def block(seed, items, raters, labels, share, rounds):
    rng = random.Random(seed)
    truth = [rng.randrange(labels) for _ in range(items)]
    skill = [rng.uniform(0.4, 0.95) for _ in range(raters)]
    votes = []
    for item in range(items):
        for rater in range(raters):
            if rng.random() < share or rater == item % raters:
                right = rng.random() < skill[rater]
                votes.append([item, rater, truth[item] if right else rng.randrange(labels)])
    frame = pd.DataFrame(votes, columns=["task", "worker", "label"])
    # A tolerance below zero never ends the loop early.
    model = DawidSkene(n_iter=rounds, tol=-1e9).fit(frame)
    chances = model.probas_.reindex(index=range(items), columns=range(labels)).fillna(0.0)
    errors = model.errors_.reindex(columns=range(labels))
    diagonal = [float(errors.loc[(rater, label), label]) for rater in range(raters) for label in range(labels)]
    return dict(items=items, raters=raters, labels=labels, rounds=rounds, votes=votes,
                chances=chances.values.tolist(), prior=model.priors_.reindex(range(labels)).tolist(), diagonal=diagonal)


blocks = [block(1, 40, 4, 2, 1.0, 30), block(2, 60, 6, 3, 0.7, 50), block(3, 30, 3, 4, 1.0, 20), block(4, 80, 5, 2, 0.5, 100)]
made = dict(crowdkit=crowdkit.__version__, dawid_skene=blocks)
(FOLDER / "panels.json").write_text(json.dumps(made) + "\n")
