"""Makes reference numbers for src/check with the packages that others measure by.

    pip install rouge-score sacrebleu rapidfuzz pytrec_eval-terrier ranx bm25s
    python tests/reference/checks.py                  # writes tests/reference/checks.json, which a unit test reads

Texts are drawn from a few words and marks, so that runs of words do meet; rankings have no ties. Versions are noted.
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

import bm25s
import pytrec_eval
import sacrebleu
from ranx import Qrels, Run, evaluate
from rapidfuzz.distance import Levenshtein
from rouge_score.rouge_scorer import RougeScorer

FOLDER = Path(__file__).resolve().parent
WORDS = (
    "the a refund takes five 5 5-7 business days order #4411 is was not it's state-of-the-art $1,234.50 U.S. "
    "naïve Größe 12.5 kg, end. (see below) \"quoted\" AT&T &amp; co; yes? no! e.g. x_y a/b 3,000 v2"
).split()
WRITTEN = [
    ("The quick brown fox jumps over the lazy dog", "The quick brown dog jumps on the log."),
    ("police killed the gunman", "the gunman kill police"),
    ("one", "one"),
    ("one two", "three four"),
    ("a b c d e f g", "g f e d c b a"),
    ("Refunds take 5-7 business days.", "Your refund will arrive within 5 to 7 business days, we promise"),
    ("line one-\nline two\nline three", "line oneline two line three"),
    ("日本語 words", "日本語 words here"),
]


def texts(rng):
    pairs = list(WRITTEN)
    while len(pairs) < 60:
        value = [rng.choice(WORDS) for _ in range(rng.randint(3, 25))]
        output = [word if rng.random() < 0.7 else rng.choice(WORDS) for word in value][rng.randint(0, 3) :]
        if rng.random() < 0.3:
            rng.shuffle(output)
        if output:
            pairs.append((" ".join(value), " ".join(output)))
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    rows = []
    for value, output in pairs:
        rouge = scorer.score(value, output)
        rows.append(
            {
                "value": value,
                "output": output,
                "rouge1": rouge["rouge1"].fmeasure,
                "rouge2": rouge["rouge2"].fmeasure,
                "rougeL": rouge["rougeL"].fmeasure,
                "bleu": sacrebleu.sentence_bleu(output, [value]).score / 100,
                "levenshtein": Levenshtein.normalized_similarity(output, value),
            }
        )
    return rows


def rankings(rng):
    rows = []
    for number in range(40):
        documents = [f"d{i}" for i in range(rng.randint(5, 30))]
        relevant = {d: rng.choice([1, 1, 2, 3]) for d in rng.sample(documents, rng.randint(1, 5))}
        found = rng.sample(documents, rng.randint(1, len(documents)))
        k = rng.randint(1, 10)
        name = f"q{number}"
        run = {name: {d: float(len(found) - i) for i, d in enumerate(found)}}
        measures = {f"recall.{k}", f"P.{k}", "recip_rank", "ndcg", f"ndcg_cut.{k}"}
        trec = pytrec_eval.RelevanceEvaluator({name: relevant}, measures).evaluate(run)[name]
        ranx = evaluate(Qrels({name: relevant}), Run(run), [f"recall@{k}", f"precision@{k}", f"mrr@{k}", f"ndcg@{k}"])
        assert abs(ranx[f"recall@{k}"] - trec[f"recall_{k}"]) < 1e-9
        assert abs(ranx[f"precision@{k}"] - trec[f"P_{k}"]) < 1e-9
        assert abs(ranx[f"ndcg@{k}"] - trec[f"ndcg_cut_{k}"]) < 1e-9
        rows.append(
            {
                "relevant": relevant,
                "found": found,
                "k": k,
                "recall": trec[f"recall_{k}"],
                "precision": trec[f"P_{k}"],
                "mrr": trec["recip_rank"],
                "mrr_at_k": float(ranx[f"mrr@{k}"]),
                "ndcg": trec["ndcg"],
                "ndcg_at_k": trec[f"ndcg_cut_{k}"],
            }
        )
    return rows


def bm25(rng):
    words = "tent boot zip warranty refund parcel store open repair card price member size jacket stove".split()
    documents = [" ".join(rng.choice(words) for _ in range(rng.randint(3, 30))) for _ in range(25)]
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    index.index([document.split() for document in documents], show_progress=False)
    queries = [" ".join(rng.choice(words) for _ in range(rng.randint(1, 5))) for _ in range(15)]
    return documents, [[query, [float(x) for x in index.get_scores(query.split())]] for query in queries]


def main():
    rng = random.Random(20261128)
    packages = ["rouge-score", "sacrebleu", "rapidfuzz", "pytrec_eval-terrier", "ranx", "bm25s"]
    made_by = json.dumps({name: version(name) for name in packages})
    parts = [f'"made_by": {made_by}']
    for name, rows in [("texts", texts(rng)), ("rankings", rankings(rng))]:
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        parts.append(f'"{name}": [\n{lines}\n]')
    documents, queries = bm25(rng)
    lines = ",\n".join(json.dumps(query) for query in queries)
    parts.append(f'"bm25": {{"documents": {json.dumps(documents)}, "queries": [\n{lines}\n]}}')
    (FOLDER / "checks.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
