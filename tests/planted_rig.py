"""A repository that wants scanners to be silent, or to run its code: everything it plants is to have no effect."""

from pathlib import Path

CODE = {
    "modeling_x.py": b"import pickle\n\n\ndef load(path):\n    return pickle.load(open(path, 'rb'))\n",
    "tests/test_x.py": b"def f(x):\n    return eval(x)  # nosec\n",
    "ignored/y.py": b"def g(x):\n    return eval(x)  # nosemgrep\n",
    "build/z.py": b"def h(x):\n    return eval(x)\n",
}
"""The code, by path."""


def plant(root: Path) -> Path:
    """Write the repository below ``root``.

    Returns:
        The canary: a file that exists as soon as anything planted was executed.
    """
    canary = root.parent / "canary"
    runs = f"open({str(canary)!r}, 'w').close()\n"
    shell = f"touch {canary}"
    planted = {
        ".bandit": "[bandit]\nexclude = /\nskips = B301,B307,B403\n",
        ".bandit.yaml": "skips: [B301, B307, B403]\n",
        "bandit.yaml": "skips: [B301, B307, B403]\nexclude_dirs: ['/']\n",
        "pyproject.toml": "[tool.bandit]\nexclude_dirs = ['/']\nskips = ['B301', 'B307', 'B403']\n",
        "setup.cfg": "[bandit]\nexclude = /\nskips = B301,B307,B403\n",
        ".semgrepignore": "*\n**/*.py\n",
        ".gitignore": "*\n",
        ".semgrep.yml": "rules: []\n",
        ".semgrep/settings.yml": "has_shown_metrics_notification: true\n",
        ".git/HEAD": "ref: refs/heads/main\n",
        ".git/config": f"[core]\n\trepositoryformatversion = 0\n\tfsmonitor = {shell}\n\thooksPath = hooks\n",
        ".git/info/exclude": "*\n",
        "hooks/post-index-change": f"#!/bin/sh\n{shell}\n",
        "bandit/__init__.py": runs,
        "semgrep/__init__.py": runs,
        "json.py": runs,
        "sitecustomize.py": runs,
        "usercustomize.py": runs,
        "conftest.py": runs,
        "setup.py": runs,
        "git": f"#!/bin/sh\n{shell}\n",
        "pysemgrep": f"#!/bin/sh\n{shell}\n",
    }
    for path, content in {**{k: v.encode() for k, v in planted.items()}, **CODE}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    for folder in ("objects", "refs"):
        (root / ".git" / folder).mkdir()
    for script in ("git", "pysemgrep", "hooks/post-index-change"):
        (root / script).chmod(0o755)
    return canary
