"""The list of models of a Hugging Face Hub on this machine: pages by cursor, a cap on each, and no count of all.

Shapes after the Hub's own answers with ``expand``. Models are made from their number, so that a world of any size costs
nothing until a page of it is asked for.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sites.server import Asked, Reply, as_json

_TASKS = ("text-generation", "fill-mask", "image-classification", None)
_ALWAYS = frozenset({"_id", "id", "modelId"})
_SORTED = ("createdAt", "downloads", "lastModified", "likes", "trendingScore")


def model(number: int) -> dict[str, Any]:
    """One model of the world: every third has code, every fifth is in both formats, every seventh has no config."""
    kind = f"k{number % 211}"
    files = ["README.md", "model.safetensors" if number % 2 else "pytorch_model.bin"]
    files += ["pytorch_model.bin"] if number % 5 == 0 and number % 2 else []
    item: dict[str, Any] = {
        "_id": f"{number:024x}",
        "id": f"org{number % 503}/model-{number}",
        "modelId": f"org{number % 503}/model-{number}",
        "disabled": False,
        "downloads": 1_000_000 - number,
        "gated": "manual" if number % 11 == 0 else False,
        "lastModified": f"2025-{number % 12 + 1:02}-03T10:11:12.000Z",
        "library_name": "transformers",
        "private": False,
        "sha": hashlib.sha256(str(number).encode()).hexdigest()[:40],
        "tags": ["transformers", kind, "license:mit", "region:us"],
        "cardData": {"license": "mit", "language": ["en"]},
    }
    if _TASKS[number % 4]:
        item["pipeline_tag"] = _TASKS[number % 4]
    if number % 7:
        files.append("config.json")
        item["config"] = {"architectures": [f"{kind}ForCausalLM"], "model_type": kind, "tokenizer_config": {}}
    if number % 3 == 0:
        files += [f"modeling_{kind}.py", f"configuration_{kind}.py"]
        item["tags"] = [*item["tags"], "custom_code"]
        if "config" in item:
            item["config"] = item["config"] | {"auto_map": {"AutoModelForCausalLM": f"modeling_{kind}.Model"}}
    if number % 2:
        item["safetensors"] = {"parameters": {"BF16": 1000 + number}, "total": 1000 + number}
    item["siblings"] = [{"rfilename": path} for path in files]
    return item


@dataclass
class HubModelsSite:
    """Serves ``/api/models``.

    Args:
        numbers: Which models there are, in the order of downloads.
        cap: Models on one page at most, whatever is asked for.
        changed: What an answer says of a model in place of the truth, by number.
    """

    numbers: range
    cap: int = 1000
    changed: dict[int, Any] = field(default_factory=dict)
    base_url: str = ""

    def answer(self, asked: Asked) -> Reply:
        """One page, with a link to the next one if there is one."""
        if asked.path != "/api/models":
            return as_json({"error": "Sorry, we can't find the page you are looking for."}, 404)
        if asked.first("sort") not in ("", *_SORTED):
            return as_json({"error": "Invalid sort"}, 400)
        cursor = asked.first("cursor")
        start = json.loads(base64.b64decode(cursor)) if cursor else self.numbers.start
        size = min(self.cap, int(asked.first("limit", "1000")))
        wanted = {value for key, value in asked.query if key == "expand"}
        found: list[Any] = []
        for number in range(start, self.numbers.stop):
            item = self.changed.get(number, None) if number in self.changed else model(number)
            if not self._fits(item, asked):
                continue
            if len(found) == size:
                return self._page(asked, found, number)
            shown = {k: v for k, v in item.items() if k in _ALWAYS | wanted} if isinstance(item, dict) else item
            found.append(shown)
        return as_json(found)

    def _fits(self, item: Any, asked: Asked) -> bool:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            return True
        tags = [value for key, value in asked.query if key == "filter"]
        has = item.get("tags") if isinstance(item.get("tags"), list) else []
        author = asked.first("author")
        return all(tag in has for tag in tags) and (not author or item["id"].startswith(f"{author}/"))

    def _page(self, asked: Asked, found: list[Any], after: int) -> Reply:
        query = [(k, v) for k, v in asked.query if k != "cursor"]
        cursor = base64.b64encode(str(after).encode()).decode()
        link = f"https://huggingface.example/api/models?{urlencode([*query, ('cursor', cursor)])}"
        return as_json(found, Link=f'<{link}>; rel="next"')
