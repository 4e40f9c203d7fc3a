"""Whatever a project's texts, names, notes and codes are, it comes back equal."""

from pathlib import Path

import pytest
from exchange_rig import any_machine, codebooks, nasty, texts
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from codebook.exchange.archive import opened
from codebook.exchange.gathered import Gathered
from codebook.exchange.project import Mark, Source, Who
from codebook.exchange.qdpx_in import read_qdpx
from codebook.exchange.qdpx_out import source_guid, write_qdpx
from codebook.exchange.taken_over import take_over
from codebook.study import Study

SCHEMA = etree.XMLSchema(file=Path(__file__).with_name("refi_qda") / "Project.xsd")


class _AtHand(Gathered):
    """A study whose texts are at hand."""

    given: tuple[Source, ...] = ()

    def sources(self) -> object:  # type: ignore[override]
        return iter(self.given)


@st.composite
def sources(draw: st.DrawFn, ids: list[str]) -> Source:
    text = draw(st.one_of(nasty, texts))
    name = draw(nasty.filter(bool))
    whos = st.builds(Who, nasty.map(str.strip).filter(bool), st.integers(1, 9), st.sampled_from(["plain", "seen/x"]))
    marks = {}
    for who in draw(st.lists(whos, max_size=3, unique=True)):
        memo, sure = draw(st.one_of(st.none(), nasty.filter(bool))), draw(st.sampled_from([None, "low", "high"]))
        at = draw(st.one_of(st.none(), st.datetimes()))
        for code in draw(st.lists(st.sampled_from(ids), max_size=3)):
            place = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
            start, end = place if place[0] < place[1] and draw(st.booleans()) else (None, None)
            marks[who, code, start, end] = Mark(
                who=who, code=code, start=start, end=end, memo=memo, confidence=sure, at=at
            )
        if not any(mark.who == who for mark in marks.values()):
            marks[who, "", None, None] = Mark(who=who, code="", memo=memo, confidence=sure, at=at)
    about = {"unit_id": name, "thread_id": name, "kind": "thread", "content_sha256": "h"}
    return Source(
        unit_id=name,
        thread_id=name,
        content_sha256="h",
        name=name,
        text=text,
        variables=about,
        marks=tuple(marks.values()),
    )


@any_machine
@given(data=st.data())
def test_whatever_the_texts_and_names_are_a_project_comes_back_equal(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    book = data.draw(codebooks())
    found = data.draw(st.lists(sources(list(book.codes)), max_size=3, unique_by=lambda s: s.unit_id))
    folder = tmp_path_factory.mktemp("any")
    (folder / "study.toml").write_text('[study]\ntitle = "Any"\nkeywords = ["x"]\n', encoding="utf-8")
    study = Study.open(folder)
    study.__dict__["codebook"] = book
    gathered = _AtHand(study, {}, users={mark.who for source in found for mark in source.marks})
    gathered.given = tuple(found)
    gathered.thread_of = {(s.unit_id, "h"): (s.unit_id, "thread") for s in found}
    gathered.marks = {(s.unit_id, "h"): list(s.marks) for s in found}
    write_qdpx(folder / "any.qdpx", gathered, passages=data.draw(st.booleans()))

    with opened(folder / "any.qdpx") as archive:
        project = read_qdpx(archive)
        SCHEMA.assertValid(etree.fromstring(archive.project()[0]))
        taken = take_over(project.codes(), project.origin, ())
        back = {source_guid(s): s for s in project.sources(taken.ids)}
    assert {code.id: code for code in taken.codes} == book.codes
    assert set(back) == {source_guid(s) for s in found}
    for source in found:
        same = back[source_guid(source)]
        assert (same.text, same.unit_id) == (source.text, source.unit_id)
        assert set(same.marks) == set(source.marks)
    assert {what: number for what, number in project.left_out.items() if number} == {}
