"""The desk as a command: lines of JSON in, lines of JSON out. `python3 worker.py v1`, or `worker.py v1 graph` for LangGraph."""

import json
import sys

import desk


def plain(question, version):
    words = desk.plan(question)
    documents = desk.retrieve(words, version)
    call = desk.track(question, version)
    text = desk.answer(question, documents, call)
    steps = [("plan", " ".join(words)), ("retrieve", " ".join(d["id"] for d in documents)), ("track", call["result"])]
    steps = [{"name": name, "output": output} for name, output in steps + [("answer", text)]]
    return {"output": text, "contexts": documents, "tool_calls": [call], "steps": steps}


def main():
    version = sys.argv[1]
    run = plain
    if sys.argv[2:] == ["graph"]:
        from graph import run
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            told = run(asked["input"], version)
        except Exception as error:
            told = {"error": repr(error)}
        print(json.dumps({"id": asked["id"], **told}), flush=True)


main()
