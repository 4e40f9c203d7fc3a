"""The invented threads of the example study: the cases that make them hard are really there."""

import re
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from sites import corpus
from sites.corpus import CorpusPost, CorpusThread

SITES = Path(corpus.__file__).parent
KEYWORDS = ("trust_remote_code", "trust_repo")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)

Reference = tuple[str, str, str, int]


@pytest.fixture(scope="module")
def threads() -> dict[Reference, CorpusThread]:
    loaded = corpus.load(SITES / "example_threads.yaml")
    by_reference = {(t.site, t.item, t.repo, t.number): t for t in loaded}

    assert len(by_reference) == len(loaded)
    return by_reference


def names_keyword(text: str) -> bool:
    return any(word in text for word in KEYWORDS)


def prose(text: str) -> str:
    return FENCED.sub("", text)


def posts(threads: dict[Reference, CorpusThread]) -> list[CorpusPost]:
    return [p for t in threads.values() for p in t.posts]


def matching(threads: dict[Reference, CorpusThread]) -> dict[Reference, set[str]]:
    """Where each thread names a keyword: title, opening, comments, and in ``prose`` outside code blocks."""
    found: dict[Reference, set[str]] = {}
    for reference, thread in threads.items():
        texts = {
            "title": [thread.title],
            "opening": [thread.opening.body],
            "comments": [p.body for p in thread.posts[1:]],
            "prose": [thread.title, *(prose(p.body) for p in thread.posts)],
        }
        found[reference] = {where for where, all_of in texts.items() if any(map(names_keyword, all_of))}
    return found


def test_every_site_and_kind_of_thread_is_there(threads: dict[Reference, CorpusThread]) -> None:
    expected = {
        ("github", "issue"): 11,
        ("github", "pull_request"): 6,
        ("github", "discussion"): 5,
        ("huggingface", "discussion"): 7,
        ("huggingface", "pull_request"): 1,
        ("pytorch_forum", "topic"): 8,
        ("stackoverflow", "question"): 6,
    }

    assert Counter((t.site, t.item) for t in threads.values()) == expected
    assert [t.repo for t in threads.values() if t.repo.startswith("datasets/")] == ["datasets/otterbrook/reedsong"]


def test_numbers_and_ids_are_unique_as_the_sites_have_them(threads: dict[Reference, CorpusThread]) -> None:
    """One sequence of numbers per repository, whatever the item; post ids are unique on their site."""
    numbers = Counter((t.site, t.repo, t.number) for t in threads.values())
    ids = Counter((t.site, p.id) for t in threads.values() for p in t.posts)

    assert max(numbers.values()) == 1
    assert max(ids.values()) == 1
    assert all(t.number == t.opening.id for t in threads.values() if t.site == "stackoverflow")


def test_posts_stand_in_order_within_the_years_and_answer_earlier_posts(threads: dict[Reference, CorpusThread]) -> None:
    years = {t.opening.at.year for t in threads.values()}

    assert years == {2020, 2021, 2022, 2023, 2024, 2025}
    for thread in threads.values():
        times = [p.at for p in thread.posts]
        assert times == sorted(set(times)), thread.title
        assert times[-1].year <= 2025
        assert thread.opening.role == "opening"
        assert all(p.role != "opening" for p in thread.posts[1:])
        for index, post in enumerate(thread.posts):
            assert post.reply_to is None or post.reply_to in {p.id for p in thread.posts[:index]}, thread.title


def test_threads_have_two_to_eight_posts_but_for_one_that_needs_a_second_page(
    threads: dict[Reference, CorpusThread],
) -> None:
    lengths = {r: len(t.posts) for r, t in threads.items() if not 2 <= len(t.posts) <= 8}

    assert lengths == {("pytorch_forum", "topic", "", 203311): 27}


def test_keyword_only_in_the_title_in_comments_in_code_or_nowhere(threads: dict[Reference, CorpusThread]) -> None:
    found = matching(threads)

    assert [r for r, where in found.items() if not where] == [
        ("github", "issue", "quillfeather/evalyard", 322),
        ("huggingface", "discussion", "hazelmoor/wren-ocr", 9),
    ]
    assert [r for r, where in found.items() if where == {"title", "prose"}] == [
        ("github", "issue", "northwind-labs/heron", 23)
    ]
    assert [r for r, where in found.items() if where == {"comments", "prose"}] == [
        ("github", "pull_request", "northwind-labs/heron", 47),
        ("pytorch_forum", "topic", "", 86120),
    ]
    assert [r for r, where in found.items() if where and "prose" not in where] == [
        ("github", "issue", "bramblefox/tunerig", 57),
        ("github", "pull_request", "mossgate/finch-hub", 14),
        ("huggingface", "discussion", "otterbrook/marsh-tts", 4),
        ("stackoverflow", "question", "", 77810023),
    ]


def test_threads_without_keyword_hold_its_words(threads: dict[Reference, CorpusThread]) -> None:
    for reference, where in matching(threads).items():
        if not where:
            text = " ".join([threads[reference].title, *(p.body for p in threads[reference].posts)]).lower()
            assert {"trust", "remote", "code"} <= set(re.findall(r"\w+", text)), reference


def test_one_question_is_asked_on_two_sites(threads: dict[Reference, CorpusThread]) -> None:
    openings = [(r, t.opening) for r, t in threads.items()]
    near = [
        (one[0], other[0])
        for i, one in enumerate(openings)
        for other in openings[i + 1 :]
        if SequenceMatcher(None, one[1].body.split(), other[1].body.split()).ratio() > 0.8
    ]
    pair = (("github", "issue", "mossgate/finch-hub", 9), ("pytorch_forum", "topic", "", 161204))

    assert near == [pair]
    assert threads[pair[0]].opening.author == threads[pair[1]].opening.author == "copper-snail-3"


def test_languages_other_than_english(threads: dict[Reference, CorpusThread]) -> None:
    german = threads["pytorch_forum", "topic", "", 171902]
    chinese = threads["huggingface", "discussion", "papercrane/kestrel-embed", 8]

    assert all(re.search(r"\b(das|ich|den|dafür|gedacht)\b", prose(p.body)) for p in german.posts)
    assert all(len(re.findall(r"[\u4e00-\u9fff]", p.body)) > 10 for p in chinese.posts)


def test_hostile_threads_say_that_they_are_tests(threads: dict[Reference, CorpusThread]) -> None:
    web = threads["github", "issue", "grumblewick/serve-kit", 219]
    sheet = threads["pytorch_forum", "topic", "", 209417]

    assert web.title.startswith("<script>alert(")
    assert '<img src="x" onerror="alert(' in web.opening.body
    assert "This is a test thread" in web.opening.body
    assert sheet.title.startswith('=HYPERLINK("https://example.org/')
    assert "\u202e" in sheet.title
    assert "\x1b[2J" in sheet.opening.body
    assert "This topic is a test" in sheet.opening.body


def test_authors_are_people_bots_and_deleted_accounts(threads: dict[Reference, CorpusThread]) -> None:
    bots = {p.author for p in posts(threads) if p.bot}
    deleted = {t.site for t in threads.values() for p in t.posts if p.author is None}
    foreign = {t.site for t in threads.values() for p in t.posts if p.author and not p.author.isascii()}

    assert bots == {"stale-badger[bot]", "coverage-newt[bot]", "bump-beaver[bot]"}
    assert deleted == {"github", "pytorch_forum", "stackoverflow"}
    assert foreign == {"pytorch_forum", "stackoverflow"}
    assert {t.site for t in threads.values() for p in t.posts if p.hidden} == {"github", "huggingface", "pytorch_forum"}


def test_accounts_are_spelled_the_same_everywhere(threads: dict[Reference, CorpusThread]) -> None:
    """Names that are equal but for case become one pseudonym; a second spelling would be a slip."""
    names = {p.author for p in posts(threads) if p.author}

    assert len({n.lower() for n in names}) == len(names)


def test_answers_replies_reviews_and_states(threads: dict[Reference, CorpusThread]) -> None:
    roles = Counter((t.item, p.role) for t in threads.values() for p in t.posts)
    accepted = Counter((t.site, t.item) for t in threads.values() for p in t.posts if p.accepted)

    assert {("discussion", "reply"), ("question", "answer"), ("question", "comment")} <= set(roles)
    assert {("pull_request", "review"), ("pull_request", "review_comment")} <= set(roles)
    assert accepted == {("github", "discussion"): 4, ("stackoverflow", "question"): 5}
    assert {(t.site, p.role) for t in threads.values() for p in t.posts if p.accepted} == {
        ("github", "comment"),
        ("stackoverflow", "answer"),
    }
    assert [t.number for t in threads.values() if t.site == "stackoverflow" and t.state == "closed"] == [70412208]
    assert {t.state for t in threads.values() if t.item == "pull_request"} == {"open", "closed", "merged"}


@pytest.mark.parametrize(
    ("what", "pattern", "at_least"),
    [
        ("Python code", r"^```python$", 15),
        ("shell", r"^```bash$", 3),
        ("a log", r"^```text$", 8),
        ("a traceback", r"^Traceback|: Traceback", 3),
        ("a quotation", r"^> ", 4),
        ("a table", r"^\|---", 3),
        ("a link", r"https://[a-z.]*example\.org", 3),
        ("a mention", r"(?<![\w.])@[a-z]+-[a-z]", 3),
        ("an e-mail address", r"\b[a-z-]+@example\.org\b", 2),
        ("an emoji", r"[\U0001f300-\U0001faff]", 8),
    ],
)
def test_posts_hold_what_posts_hold(
    threads: dict[Reference, CorpusThread], what: str, pattern: str, at_least: int
) -> None:
    count = sum(bool(re.search(pattern, p.body, re.MULTILINE)) for p in posts(threads))

    assert count >= at_least, f"{what} in {count} posts"


def test_code_blocks_are_closed_and_addresses_lead_nowhere(threads: dict[Reference, CorpusThread]) -> None:
    """Links and mail go to example.org (RFC 2606), so that nobody real is named."""
    for post in posts(threads):
        assert len(re.findall(r"^```", post.body, re.MULTILINE)) % 2 == 0, post.id
        assert post.body == post.body.strip(), post.id
        hosts = re.findall(r"(?:https?://|\w@)([\w.-]+\.[a-z]+)", post.body)
        assert all(h == "example.org" or h.endswith(".example.org") for h in hosts), hosts
