"""The hubs that are asked over the network, on a bad day: what comes is what comes in peace, or a row that says so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hub_rigs import RIGS
from sites.faults import EVERYWHERE, Faults
from sites.opencsg import CsgModel, OpenCSGSite
from sites.scanning import Visit
from sites.server import Asked, LocalSite, Reply

from scan import HUBS
from scan.opencsg import OpenCSG

KINDS = ("modelscope", "opencsg", "pytorch_hub")
CONFIG = b'{"auto_map": {"AutoModel": "m.A"}}'


def of(folder: Path, kind: str, fault: Callable[[LocalSite], Any] | None) -> tuple[list[Any], list[Any], Faults | None]:
    """What a visit to the small world of ``tests/hub_rigs.py`` says of models and shards."""
    made: list[Faults] = []

    class Faulty(LocalSite):
        def __init__(self, *arguments: Any, **keys: Any) -> None:
            super().__init__(*arguments, **keys)
            if fault:
                made.append(fault(self))
                self.fault = made[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub_rigs.LocalSite", Faulty)
        with RIGS[kind](folder) as world:
            visit = Visit.to(HUBS[kind], kind, world.base_url, folder, **world.options)
            visit.run()
    return sorted(map(repr, visit.models)), sorted(visit.shards.items()), made[0] if made else None


@pytest.mark.parametrize("kind", KINDS)
def test_a_third_of_the_answers_are_faults_and_the_result_is_the_same(kind: str, tmp_path: Path) -> None:
    peace = of(tmp_path / "peace", kind, None)
    bad = of(tmp_path / "bad", kind, lambda local: Faults(local, EVERYWHERE, seconds=0))

    assert bad[:2] == peace[:2]
    assert bad[2] is not None
    assert sum(bad[2].made.values()) > 3


def test_a_page_of_a_proxy_in_place_of_a_file_is_asked_for_again_and_given_up_in_the_end(tmp_path: Path) -> None:
    page = Reply(200, b"<html>please log in</html>", {"Content-Type": "text/html"})
    left = {"o/once": 1, "o/always": 99}

    def fault(_number: int, asked: Asked) -> Reply | None:
        name = asked.path.removeprefix("/hf/").partition("/resolve/")[0]
        if "/resolve/" not in asked.path or left[name] == 0:
            return None
        left[name] -= 1
        return page

    models = [CsgModel(name, files={"config.json": CONFIG}) for name in left]
    with LocalSite(OpenCSGSite(models), fault=fault) as local:
        visit = Visit.to(OpenCSG(), "opencsg", local.base_url, tmp_path)

        assert sorted(visit.run()) == ["o/always", "o/once"]

    assert {m.native_id: m.facts for m in visit.models if m.facts} == {"o/once": {"auto_map": ("AutoModel=m.A",)}}
    assert [(m.native_id, m.problem) for m in visit.models if m.problem] == [
        ("o/always", "config.json is no JSON object")
    ]
    assert left["o/always"] == 96


def test_a_size_that_lies_does_not_stop_the_run(tmp_path: Path) -> None:
    """The listing says other bytes than the server gives: after some attempts, what it gives is read."""
    model = CsgModel("o/m", files={"config.json": CONFIG})
    longer = replace(model, files={"config.json": CONFIG + b" \n"})

    def fault(_number: int, asked: Asked) -> Reply | None:
        return OpenCSGSite([longer]).answer(asked) if "/resolve/" in asked.path else None

    with LocalSite(OpenCSGSite([model]), fault=fault) as local:
        visit = Visit.to(OpenCSG(), "opencsg", local.base_url, tmp_path)
        visit.run()

    assert [m.facts for m in visit.models if m.facts] == [{"auto_map": ("AutoModel=m.A",)}]
