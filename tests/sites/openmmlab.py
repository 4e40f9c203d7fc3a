"""A package of OpenMMLab as it lies on disk, unpacked from a wheel."""

from pathlib import Path

URL = "https://download.openmmlab.example/heron"
METAFILE = f"""\
Collections:
  - Name: Heron
    README: configs/heron/README.md
Models:
  - Name: heron_r50_1x
    In Collection: Heron
    Config: configs/heron/heron_r50.py
    Results:
      - {{Task: Object Detection, Dataset: COCO, Metrics: {{box AP: 35.6}}}}
    Weights: {URL}/heron_r50-3f885b85.pth
  - Name: heron_r50_1x
    Config: configs/heron/gone.py
"""
INDEX = "Import:\n  - configs/heron/metafile.yml\n"


def package(folder: Path, **files: str) -> Path:
    """An unpacked wheel of ``mmheron`` 1.2.0; ``files`` replace its files by their names with ``__`` for ``/``."""
    told = {
        ".mim/model-index.yml": INDEX,
        ".mim/configs/heron/metafile.yml": METAFILE,
        ".mim/configs/heron/heron_r50.py": "model = dict()\n",
        "__init__.py": "raise SystemExit('imported')\n",
    }
    for path, text in (told | {name.replace("__", "/"): text for name, text in files.items()}).items():
        place = folder / "wheel" / "mmheron" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (folder / "wheel" / "mmheron-1.2.0.dist-info").mkdir(parents=True, exist_ok=True)
    return folder / "wheel" / "mmheron"
