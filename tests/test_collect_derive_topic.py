"""What is a thread about the topic: matches, language, copies, and each exclusion with its reason."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from derive_rig import SITE, Scripted, corpus, post, run_id, store, tables, thread

from codebook.rows import Exclusion, Match
from collect.derive import Gathered, Wanted

K = "trust_remote_code"
TEXT = (
    "Since the last release our nightly job asks whether it may run code from the repository, and nobody is there to "
    "answer it. Is there a way to allow one file of one model and nothing else, or do we have to read all of them?"
)
GERMAN = "Seit dem letzten Update fragt unser Lauf in der Nacht, ob er fremden Code ausführen darf. Was soll ich tun?"


def reasons(rows: dict[str, list[Any]]) -> list[tuple[str, str, str]]:
    return [(e.thread_id, e.reason, e.by) for e in rows["exclusions"]]


def test_every_keyword_in_every_place_is_a_row(tmp_path: Path) -> None:
    site = replace(SITE, keywords=(K, "trust_repo"))
    body = f"Is `{K}` safe?\n\n> trust_repo, they say\n\n```\nload({K}=True)\n```\n\n```\nValueError: set {K}\n```"
    rows = corpus(tmp_path, [thread(title=f"{K}?"), post("0", body), post("1", "trust_repo"), post("2")], site=site)

    def match(post_id: str | None, keyword: str, place: Any, opening: bool | None) -> Match:
        return Match(
            thread_id="forum:1", post_id=post_id, keyword=keyword, place=place, opening=opening, run_id=run_id(1)
        )

    expected = [
        match(None, K, "title", None),
        match("forum:1/0", K, "code", True),
        match("forum:1/0", K, "log", True),
        match("forum:1/0", K, "prose", True),
        match("forum:1/0", "trust_repo", "quote", True),
        match("forum:1/1", "trust_repo", "prose", False),
    ]
    assert rows["matches"] == expected
    assert rows["threads"][0].matched_in == ("title", "body", "comments", "code", "quote", "log")
    assert [p.matched_in for p in rows["posts"]] == [("prose", "code", "quote", "log"), ("prose",), ()]


def test_matching_titles_alone_says_what_it_loses(tmp_path: Path) -> None:
    pages = [thread("1", title=K), thread("2"), post("0", K, thread="2"), thread("3"), post("0", f"> {K}", thread="3")]
    wide = corpus(tmp_path / "any", pages)
    narrow = corpus(tmp_path / "title", pages, site=replace(SITE, match="title"))

    assert reasons(wide) == []
    assert reasons(narrow) == [(f"forum:{n}", "no keyword in title", "match = title") for n in "23"]
    assert [t.matched_in for t in narrow["threads"]] == [("title",), ("body",), ("quote",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, "en"),
        (GERMAN, "de"),
        ("加载模型的时候为什么需要执行远程代码?这样做安全吗?有没有别的办法可以关闭它?", "zh"),
        ("ok, thanks", None),
        (f"```\n{TEXT}\n```", None),
        (f"> {TEXT}", None),
        ("see https://f.example/the/model/that/wants/to/run/code/from/the/hub a_b_c/d_e_f", None),
        ("", None),
    ],
)
def test_the_language_is_that_of_the_prose(tmp_path: Path, text: str, expected: str | None) -> None:
    rows = corpus(tmp_path, [thread(title=K), post("0", text)])

    assert [t.language for t in rows["threads"]] == [expected]


def test_threads_in_other_languages_are_left_out_only_if_the_study_says_so(tmp_path: Path) -> None:
    pages = [thread(str(n), title=K) for n in (1, 2, 3)]
    pages += [post("0", text, thread=str(n)) for n, text in ((1, TEXT), (2, GERMAN), (3, "?"))]
    rows = corpus(tmp_path / "asked", pages, wanted=Wanted(languages=("fr", "en")))

    assert reasons(rows) == [("forum:2", "language", "languages = en, fr")]
    assert reasons(corpus(tmp_path / "plain", pages)) == []


def test_a_thread_of_bots_alone_is_left_out(tmp_path: Path) -> None:
    bot, person = ({"author": a, "author_kind": k} for a, k in (("x[bot]", "bot"), ("ada", "person")))
    pages = [thread(str(n), title=K) for n in (1, 2, 3, 4)]
    pages += [post("0", thread="1", **bot), post("1", thread="1", **bot), post("0", thread="2", **bot)]
    pages += [post("1", thread="2", **person), post("0", thread="3", **person), post("1", thread="3", **bot)]
    rows = corpus(tmp_path, pages)

    expected = [Exclusion(thread_id="forum:1", stage="collect", reason="bot", by="author_kind", run_id=run_id(1))]
    assert rows["exclusions"] == expected


def test_a_keyword_in_code_or_log_alone_leaves_out_only_if_the_study_says_so(tmp_path: Path) -> None:
    bodies = {"1": f"```\n{K}\n```", "2": f"12:00:00 ERROR {K}", "3": f"{K}\n```\n{K}\n```", "4": f"> {K}"}
    pages = [said for n, body in bodies.items() for said in (thread(n), post("0", body, thread=n))]
    rows = corpus(tmp_path / "asked", pages, wanted=Wanted(exclude=("keyword only in code or log",)))

    assert reasons(rows) == [(f"forum:{n}", "keyword only in code or log", "exclude") for n in "12"]
    assert reasons(corpus(tmp_path / "plain", pages)) == []


def copies(folder: Path, wanted: Wanted | None = None) -> dict[str, list[Any]]:
    """One discussion on two sites with a few other words, one that quotes it, one address brought twice, one apart."""
    near = TEXT.replace("the last release", "the newest release")
    forum = [thread("1", title=K, created_at="2024-02-01T00:00:00+00:00"), post("0", TEXT), post("1", "Same here.")]
    forum += [thread("2", title=K), post("0", f"> {TEXT}\n\nI have that too.", thread="2")]
    hub = [
        thread("8", title=K, url="https://hub.example/a/b/discussions/8"),
        post("0", f"Hello!\n\n{near}", thread="8"),
    ]
    team = [thread("x", title=K, source="hub", url="http://www.hub.example/A/b/discussions/8#c1")]
    gathered = [
        Gathered(Scripted(), replace(SITE, name=name), store(folder / name, [said], "1"))
        for name, said in (("forum", forum), ("hub", hub), ("team", team))
    ]
    forward, backward = (tables(folder, *order, wanted=wanted) for order in (gathered, gathered[::-1]))
    assert forward == backward
    return forward


def test_copies_are_kept_and_marked(tmp_path: Path) -> None:
    rows = copies(tmp_path)

    expected = [("forum:1", "forum:1"), ("forum:2", None), ("hub:8", "forum:1"), ("team:x", "forum:1")]
    assert [(t.thread_id, t.duplicate_group) for t in rows["threads"]] == expected
    assert reasons(rows) == []


def test_of_copies_the_oldest_stays_if_the_study_wants_one(tmp_path: Path) -> None:
    rows = copies(tmp_path, Wanted(exclude=("duplicate",)))

    assert reasons(rows) == [(n, "duplicate", "copy of hub:8") for n in ("forum:1", "team:x")]


def test_a_thread_and_the_one_it_was_renamed_to_are_one_group(tmp_path: Path) -> None:
    rows = corpus(tmp_path, [thread("a", uid="u", title=K)], [thread("b", uid="u", title=K)], runs="12")

    assert [t.duplicate_group for t in rows["threads"]] == ["forum:a", "forum:a"]
    assert reasons(rows) == [("forum:a", "renamed", "now forum:b")]


def test_names_are_found_in_text_wherever_they_were_seen_in_the_study(tmp_path: Path) -> None:
    """An account of one page, a display name of another: titles, bodies and earlier texts lose them all."""
    said = "Thanks, Wilhelmina Quast and quastenflosser7!"
    rows = corpus(
        tmp_path,
        [thread(title=said), post("0", said)],
        [post("0", "edited"), post("1", author="quastenflosser7", author_names=["Wilhelmina Quast"])],
        runs="12",
    )

    shown = repr([rows[table] for table in ("threads", "posts", "earlier_posts", "matches")])
    assert "edited" in shown
    assert "uast" not in shown
    assert rows["threads"][0].title.count(rows["posts"][1].author) == 2
