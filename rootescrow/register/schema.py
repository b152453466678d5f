"""JSON schemas of what is published, so that another program can read a record without this one."""

from __future__ import annotations

import json

from pydantic import BaseModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(model: type[BaseModel]) -> bytes:
    """The JSON schema of a model as it is written: what is always written is required, no more is allowed."""
    described = {"$schema": DIALECT, **model.model_json_schema(mode="serialization")}
    return json.dumps(described, indent=2, ensure_ascii=False).encode() + b"\n"
