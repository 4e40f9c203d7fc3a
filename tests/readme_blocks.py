"""The parts of README.md that are made by running things: the walk's transcript, every ``--help``, the data dictionary.

``python tests/readme_blocks.py --write`` puts them in; ``tests/test_readme.py`` fails where they are out of date.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import click
from tabulate import tabulate

from codebook.rows import TABLES
from codebook.tables import dictionary

README = Path(__file__).resolve().parents[1] / "README.md"
STAGES = ("codebook", "collect", "coding", "scan", "platforms", "analysis")
_BLOCK = r"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)"


def walk(text: str) -> str:
    """Run the commands of the walk, in order, in an empty folder, and give the transcript with what they print now."""
    commands = re.findall(r"^\$ (.*)$", _inside(text, "walk"), flags=re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        steps = [f"$ {command}\n{_printed(command, Path(folder))}" for command in commands]
    return "```console\n" + "\n".join(steps) + "```\n"


def _printed(command: str, folder: Path) -> str:
    """What one line of a shell session prints, both streams, with the folder's own path and pseudonyms made stable."""
    scripts = str(Path(sys.executable).parent)
    env = os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100", "STUDY": "my-study"}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"{command!r} ended with {done.returncode}:\n{done.stdout}")
    printed = done.stdout.replace(str(folder.resolve()), "…").replace(str(folder), "…")
    printed = re.sub(r"user-[0-9a-f]{10}", "user-…", printed)
    return "".join(f"{line.rstrip()}\n" for line in printed.splitlines())


def helps(_: str) -> str:
    """Every command's help, from a new interpreter: click keeps the help option that a command was first asked with."""
    done = subprocess.run([sys.executable, __file__, "--helps"], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def _helps() -> str:
    return "".join(f"```text\n{page}\n```\n\n" for stage in STAGES for page in _help(stage)).rstrip() + "\n"


def _help(stage: str) -> Iterator[str]:
    group = import_module(f"{stage}.cli").cli
    context = click.Context(group, info_name=stage, terminal_width=100, **group.context_settings)
    yield group.get_help(context)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield command.get_help(click.Context(command, info_name=name, parent=context, terminal_width=100))


def data_dictionary(_: str) -> str:
    """Every table of a study with its columns."""
    parts = []
    rows = list(dictionary())
    for name, row_type in TABLES.items():
        columns = [row for row in rows if row["table"] == name]
        names = ["column", "type", "unit", "key", "empty", "meaning"]
        # Our own words, with code spans in them: not escaped as strangers' are.
        shown = tabulate([[str(c[n]).replace("|", "\\|") for n in names] for c in columns], names, tablefmt="pipe")
        parts.append(f"#### `{name}`\n\n{(row_type.__doc__ or '').strip()}\n\n{shown}\n")
    return "\n".join(parts)


BLOCKS: dict[str, Callable[[str], str]] = {"walk": walk, "help": helps, "dictionary": data_dictionary}


def _inside(text: str, name: str) -> str:
    found = re.search(_BLOCK.format(name=name), text, flags=re.DOTALL)
    if not found:
        raise AssertionError(f"README.md has no block {name!r}")
    return found.group(0)


def updated(text: str, name: str) -> str:
    """README with one block made anew."""
    made = BLOCKS[name](text)
    return re.sub(_BLOCK.format(name=name), lambda m: m.group(1) + made + m.group(2), text, flags=re.DOTALL)


if __name__ == "__main__" and "--helps" in sys.argv:
    sys.stdout.write(_helps())
elif __name__ == "__main__":
    current = README.read_text(encoding="utf-8")
    for block in BLOCKS:
        current = updated(current, block)
    if "--write" in sys.argv:
        README.write_text(current, encoding="utf-8")
    else:
        sys.stdout.write(current)
