"""The desk as a LangGraph graph: a node a step, each of which tells what came of it."""

import operator
from typing import Annotated, TypedDict

from langgraph.graph import END, START, StateGraph

import desk


class State(TypedDict, total=False):
    question: str
    version: str
    words: list
    documents: list
    call: dict
    text: str
    steps: Annotated[list, operator.add]


def step(name, output):
    return [{"name": name, "kind": "node", "output": output}]


def plan(state):
    words = desk.plan(state["question"])
    return {"words": words, "steps": step("plan", " ".join(words))}


def retrieve(state):
    documents = desk.retrieve(state["words"], state["version"])
    return {"documents": documents, "steps": step("retrieve", " ".join(d["id"] for d in documents))}


def track(state):
    call = desk.track(state["question"], state["version"])
    return {"call": call, "steps": step("track", call["result"])}


def answer(state):
    text = desk.answer(state["question"], state["documents"], state["call"])
    return {"text": text, "steps": step("answer", text)}


def build():
    graph = StateGraph(State)
    nodes = [("plan", plan), ("retrieve", retrieve), ("track", track), ("answer", answer)]
    for name, node in nodes:
        graph.add_node(name, node)
    names = [START] + [name for name, _ in nodes] + [END]
    for first, second in zip(names, names[1:]):
        graph.add_edge(first, second)
    return graph.compile()


GRAPH = build()


def run(question, version):
    state = GRAPH.invoke({"question": question, "version": version, "steps": []})
    return {
        "output": state["text"],
        "contexts": state["documents"],
        "tool_calls": [state["call"]],
        "steps": state["steps"],
    }
