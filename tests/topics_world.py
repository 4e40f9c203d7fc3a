"""A made-up study whose threads are about six things, for topics: titles, posts, sources, and years."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hand_study import row

from codebook import ledger
from codebook.rows import Post, Thread
from codebook.study import Study

MODELS = ("Florence-2", "ChatGLM3", "Phi-3 vision", "Falcon 7B", "InternLM", "Qwen VL", "MPT 30B", "Nomic embed")

SUBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "safety": (
        "Is it safe to load {model} with remote code?",
        (
            "Remote code of a stranger runs on my machine while {model} is loaded, is that safe?",
            "A malicious repository could steal tokens and keys as soon as the code is executed.",
            "Our security team does not allow execution of unreviewed code from a repository.",
            "Pin the revision, otherwise an attacker may push malicious code later.",
            "The warning about remote code execution should say what the risk is.",
            "Can the code be sandboxed, so that it reads no files and opens no sockets?",
        ),
    ),
    "error": (
        "Loading {model} raises ImportError",
        (
            "Loading {model} fails with an import error for a missing module.",
            "The error says that the custom class is not registered in the auto mapping.",
            "After upgrading the library the import of flash attention raises an exception.",
            "Installing the missing package with pip made the import error go away.",
            "The traceback ends in dynamic module utils, where the module cannot be imported.",
            "Downgrading to the previous release fixes the exception on import.",
        ),
    ),
    "memory": (
        "{model} runs out of GPU memory",
        (
            "Inference with {model} runs out of memory on a GPU with 24 GB.",
            "Quantization to 4 bit halves the memory, but generation becomes slow.",
            "CUDA reports out of memory when the batch size is larger than one.",
            "Memory grows with each generation until the GPU is full.",
            "Offloading layers to the CPU helps, yet tokens per second drop.",
            "Half precision and a smaller batch fit into GPU memory.",
        ),
    ),
    "training": (
        "Fine-tuning {model}: the loss does not go down",
        (
            "Fine-tuning {model} with adapters gives a loss that does not decrease.",
            "The learning rate was too high, and the loss became not a number.",
            "Which layers should be trained with low rank adaptation?",
            "The training data has to be shuffled and tokenized before each epoch.",
            "Gradient checkpointing makes the training loop crash after an epoch.",
            "A warm-up of the learning rate made the loss converge.",
        ),
    ),
    "docs": (
        "Documentation: what does the parameter do in {model}?",
        (
            "The documentation of {model} does not explain what the parameter does.",
            "Please add an example to the model card that shows how to use it.",
            "The tutorial in the documentation is outdated and mentions an old parameter.",
            "A sentence in the readme on the default value would help beginners.",
            "I could find no page in the docs that describes this option.",
            "The model card should describe the parameter and its default.",
        ),
    ),
    "licence": (
        "May {model} be used commercially?",
        (
            "Does the licence of {model} allow commercial use in a product?",
            "The licence file is missing, so lawyers cannot say whether use is permitted.",
            "Are outputs of the model covered by the licence of the weights?",
            "The terms forbid redistribution of weights, is that also true for derivatives?",
            "Could you publish the weights under a permissive open source licence?",
            "Attribution is required by the licence, where should it be given?",
        ),
    ),
}

SOURCES = ("github", "huggingface", "pytorch_forum")
CODE = "```python\nmodel = AutoModel.from_pretrained(name, trust_remote_code=True)\n```\n"


def threads(number: int, seed: int = 5, mixed: float = 0) -> Iterator[tuple[str, Thread, list[Post]]]:
    """Subject, thread and posts; the same for the same arguments."""
    draw = random.Random(seed)
    for n in range(number):
        subject = draw.choice(list(SUBJECTS))
        title, said = SUBJECTS[subject]
        model, source = draw.choice(MODELS), draw.choice(SOURCES)
        when = datetime(2022, 1, 1, tzinfo=UTC) + timedelta(days=draw.randrange(4 * 365))
        thread_id = f"{source}:o/r#{n:05d}"
        chosen = draw.sample(said, 3)
        if mixed and draw.random() < mixed:  # people wander off
            chosen[1] = draw.choice(SUBJECTS[draw.choice(list(SUBJECTS))][1])
        bodies = [f"{chosen[0]} {chosen[1]}\n\n{CODE}", chosen[2]]
        posts = [
            row(Post, thread_id=thread_id, post_id=f"{thread_id}/{at}", native_id=str(at), position=at,
                role="comment" if at else "opening", body=body, created_at=when)
            for at, body in enumerate(text.replace("{model}", model) for text in bodies)
        ]  # fmt: skip
        made = row(
            Thread, thread_id=thread_id, source=source, site=source, title=title.format(model=model), url="",
            created_at=when, n_posts=len(posts), included=True,
        )  # fmt: skip
        yield subject, made, posts


def fill(folder: Path, number: int, *, topics: str = "", sampling: str = "", mixed: float = 0) -> Study:
    """Make a study folder with threads and posts, as if they had been collected."""
    folder.mkdir(parents=True, exist_ok=True)
    head = '[study]\ntitle = "Remote code at model load time"\nkeywords = ["trust_remote_code"]\nsince = 2019-01-01\n'
    (folder / "study.toml").write_text(f"{head}\n[topics]\n{topics}\n[sampling]\n{sampling}\n", encoding="utf-8")
    study = Study.open(folder)
    made = sorted(threads(number, mixed=mixed), key=lambda each: each[1].thread_id)
    assert study.key
    with ledger.run(study, "collect threads", {}) as run:
        run.write(Thread, [thread for _, thread, _ in made])
        run.write(Post, [post for _, _, posts in made for post in posts])
    return study
