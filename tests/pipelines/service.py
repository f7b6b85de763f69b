"""The desk as a FastAPI service: `python3 service.py PORT`. The version is a part of the path."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

import desk

app = FastAPI()


class Question(BaseModel):
    question: str


@app.post("/{version}/answer")
def answer(version: str, asked: Question):
    documents = desk.retrieve(desk.plan(asked.question), version)
    call = desk.track(asked.question, version)
    text = desk.answer(asked.question, documents, call)
    return {"answer": {"text": text}, "documents": documents, "calls": [call]}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
