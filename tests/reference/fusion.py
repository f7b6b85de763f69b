"""Makes reference numbers for src/retrieve/fusion.rs with the package that others fuse rankings by.

    pip install ranx
    python tests/reference/fusion.py                  # writes tests/reference/fusion.json, which a unit test reads

Rankings are drawn at random; each is written as the places of documents in a corpus, best first. The version is noted.
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

from ranx import Run, fuse

FOLDER = Path(__file__).resolve().parent


def row(rng):
    corpus = list(range(rng.randint(3, 40)))
    rankings = [rng.sample(corpus, rng.randint(1, len(corpus))) for _ in range(rng.randint(2, 4))]
    runs = [Run({"q": {str(d): float(len(r) - at) for at, d in enumerate(r)}}) for r in rankings]
    fused = fuse(runs=runs, method="rrf", params={"k": 60}).to_dict()["q"]
    return {"rankings": rankings, "fused": [[int(d), float(score)] for d, score in fused.items()]}


def main():
    rng = random.Random(20261128)
    lines = ",\n".join(json.dumps(row(rng)) for _ in range(30))
    made_by = json.dumps({"ranx": version("ranx")})
    (FOLDER / "fusion.json").write_text(f'{{"made_by": {made_by},\n"rankings": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
