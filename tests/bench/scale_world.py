"""A corpus of any size in raw records, month by month, as the real clients store it when they ask the local sites.

Texts have the lengths of real posts: half of them less than 60 words, one in a hundred more than 600; words are drawn
by Zipf's law. Three posts a thread on average, the numbers of posts long-tailed too.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import accumulate, count
from math import ceil
from multiprocessing import get_context
from pathlib import Path

from four_sites import TOKEN, FourSites, four_sites
from sites.corpus import CorpusPost, CorpusThread
from sites.world import KINDS, UNTIL

from codebook import ledger
from codebook.raw import RawStore
from codebook.study import Study
from codebook.wire import Wire
from collect import gather
from collect.source import Earlier, Site, Source

KEYWORD = "trust_remote_code"
PEOPLE = 20_000
MONTHS = [date(2019 + n // 12, 1 + n % 12, 1) for n in range(84)]
RUN = "collect-threads-1"
_HEAD = f'[study]\ntitle = "scale"\nkeywords = ["{KEYWORD}"]\nsince = 2019-01-01\nuntil = {UNTIL.date()}\n'
_COMMON = "the a to I is it and of in that this for not with on you can but have be my when if are do how as or from so"
_SYLLABLES = [c + v + e for c in "bdfgklmnprstvw" for v in "aeiou" for e in ("", "n", "r", "st")]
_WORDS = _COMMON.split() + [a + b for a in _SYLLABLES[::3] for b in _SYLLABLES[::5]]
_WEIGHTS = list(accumulate(1 / (rank + 3) for rank in range(len(_WORDS))))
_CODE = "```python\nfrom transformers import AutoModel\nmodel = AutoModel.from_pretrained('{}', {}=True)\n```"
_LOG = 'Traceback (most recent call last):\n  File "/jobs/{}.py", line 3, in <module>\nValueError: {}'


def month_of(number: int, threads: int) -> list[CorpusThread]:
    """The threads that were opened in a month; ids and repositories of Hugging Face are those of no other month."""
    chance, ids = random.Random(number), count(10_000_000 * (number + 1))
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=threads)
    return [_thread(*kind, number, chance, ids) for kind in kinds]


def _thread(site: str, item: str, month: int, chance: random.Random, ids: "count[int]") -> CorpusThread:
    at = datetime.fromisoformat(f"{MONTHS[month]}T00:00:00Z") + timedelta(seconds=chance.randrange(27 * 86_400))
    role = {"question": "answer"}.get(item, "comment")
    posts = [_post("opening", at, chance, ids)]
    for _ in range(min(19, int(chance.expovariate(0.41)))):
        at += timedelta(seconds=chance.randrange(30, 3600))
        posts.append(_post(role if chance.random() < 0.7 else "comment", at, chance, ids))
    title = " ".join(chance.choices(_WORDS, cum_weights=_WEIGHTS, k=chance.randrange(4, 12)))
    if chance.random() < 0.5:
        title += f" {KEYWORD}"
    else:
        said = _CODE.format(title[:9], KEYWORD) if chance.random() < 0.5 else f"With {KEYWORD}?"
        posts[0] = replace(posts[0], body=f"{posts[0].body}\n\n{said}")
    place = int(3000 * chance.random() ** 2)
    repo = {"github": f"lab-{place % 97}/tool-{place}", "huggingface": f"lab-{month}/net-{month}-{place % 20}"}
    return CorpusThread(site, item, repo.get(site, ""), next(ids), title, "open", tuple(posts), ("bug",))


def _post(role: str, at: datetime, chance: random.Random, ids: "count[int]") -> CorpusPost:
    words = chance.choices(_WORDS, cum_weights=_WEIGHTS, k=min(2000, 3 + int(chance.lognormvariate(4.1, 1.0))))
    parts = [" ".join(words[i : i + 90]).capitalize() + "." for i in range(0, len(words), 90)]
    drawn = chance.random()
    if drawn < 0.15:
        parts.insert(1, _CODE.format(words[0], words[1]))
    elif drawn < 0.25:
        parts.append(_LOG.format(words[0], " ".join(words[:40])))
    elif drawn < 0.35:
        parts.insert(0, "> " + " ".join(words[-20:]))
    elif drawn < 0.5:
        parts.append(f"Thanks @{_person(chance)}!")
    return CorpusPost(next(ids), _person(chance), at, "\n\n".join(parts), role, score=chance.randrange(4))


def _person(chance: random.Random) -> str:
    number = int(PEOPLE * chance.random() ** 2)
    return f"{_WORDS[50 + number % 900]}{number}"


def collected(folder: Path, threads: int) -> Iterator[int]:
    """Make a study of about ``threads`` threads with raw records and a finished run, and no tables.

    Yields:
        The number of months that are done.
    """
    months = MONTHS[: max(1, min(len(MONTHS), threads // 250))]  # a few threads are better made in few months
    repos = tuple(f"lab-{month}/net-{month}-{place}" for month in range(len(months)) for place in range(20))
    with four_sites(()) as nobody:
        (folder / "study.toml").write_text(_HEAD + replace(nobody, repos=repos).toml(), encoding="utf-8")
    study = Study.open(folder)
    shares = [ceil(threads / len(months))] * len(months)
    with ledger.run(study, "collect threads", gather.as_arguments(UNTIL.date(), ()), []) as run:
        # A forked process would take the locks along that other threads of this one hold.
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            jobs = [pool.submit(_collect, folder, number, share) for number, share in enumerate(shares)]
            for done, job in enumerate(as_completed(jobs), 1):
                job.result()
                yield done
        for name in study.settings.sources:
            run.notes[name] = {"asked": gather.asked_of(study, name), "stored": True}


def _collect(folder: Path, number: int, threads: int) -> None:
    study, made = Study.open(folder), month_of(number, threads)
    with four_sites(made) as sites:
        for source, site in gather.sites(study, UNTIL.date()):
            _fetch(folder, number, source, site, sites)


def _fetch(folder: Path, number: int, source: Source, site: Site, sites: FourSites) -> None:
    """Bring one month of one site; its pages become a segment of their own."""
    base, (since, until) = sites.local[site.name].base_url, [*MONTHS, UNTIL.date()][number : number + 2]
    options = site.options
    if site.name == "huggingface":
        options = options.model_copy(update={"repos": list(sites.repos)})
    asked = replace(site, base_url=base, since=since, until=until, options=options, token=TOKEN["GITHUB_TOKEN"])
    if site.name != "github":
        asked = replace(asked, token=None)
    store = RawStore(folder / ".private" / "making" / f"{site.name}-{number}")
    for _ in source.fetch(asked, Wire(store, RUN, base, source.dialect(asked), sleep=lambda _: None), Earlier()):
        pass
    store.close()
    place = folder / "raw" / "collect" / site.name
    place.mkdir(parents=True, exist_ok=True)
    for segment in store.segments():
        segment.rename(place / f"{number + 1:06d}.jsonl.gz")
