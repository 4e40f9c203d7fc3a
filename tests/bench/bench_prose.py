"""How many posts of about 1 KB a second ``prose`` divides, beside a Markdown parser that does it by the book."""

import sys
import time
from collections.abc import Callable

from markdown_it import MarkdownIt

from collect.derive.keywords import keyword_places
from collect.derive.prose import code_share, split

POST = """\
Since the last release our nightly job asks whether it may run code from the repository, and nobody is there to answer.
Passing `trust_remote_code=True` helps, but I do not want that for the {n} models we load in `evalyard/jobs`.

> You can pin a revision, then only that commit is run.

That is better, and still somebody has to read it. What we do now:

```python
from transformers import AutoModel

model = AutoModel.from_pretrained("otterbrook/marsh-{n}", revision="a1b2c3", trust_remote_code=True)
```

1. clone the repository,
2. read `modeling_marsh.py`,
3. pin the commit that was read.

Without it the log ends like this:

Traceback (most recent call last):
  File "/ci/jobs/nightly/load.py", line 3, in <module>
    model = AutoModel.from_pretrained("otterbrook/marsh-{n}")
ValueError: Loading otterbrook/marsh-{n} requires you to execute the configuration file in that repo.

Is there a way to allow one file and nothing else? Thanks!
"""


def rate(work: Callable[[str], object], posts: list[str]) -> float:
    """Posts a second of processor time."""
    began = time.process_time()
    for post in posts:
        work(post)
    return len(posts) / (time.process_time() - began)


def both(post: str) -> object:
    return code_share(post), keyword_places(post, ("trust_remote_code", "trust_repo"))


posts = [POST.replace("{n}", str(n)) for n in range(20_000)]
sys.stdout.write(f"one post: {len(posts[0])} characters\n")
sys.stdout.write(f"split:                          {rate(split, posts):8.0f} posts/s\n")
sys.stdout.write(f"code_share and keyword_places:  {rate(both, posts[::-1]):8.0f} posts/s\n")
sys.stdout.write(f"markdown-it-py, parsing alone:  {rate(MarkdownIt().parse, posts[:1000]):8.0f} posts/s\n")
