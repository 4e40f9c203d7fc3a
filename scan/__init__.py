"""What is there: models, their files, what each scanner did with each file, and what it found.

Rooms for models: one per kind of hub (``hub.py`` says what a hub is), ``fetch`` (contents), ``derive`` (pages into
tables) and ``relevance`` (which files loading a model executes); ``gather`` takes a hub's pages into the raw store.
Rooms for what their code does: ``tools``, one file per scanner (``scanner.py`` says what a scanner is), ``rules``,
``code`` (running them) and ``sarif`` (results in and out).
"""

from scan.folder import Folder
from scan.hub import Hub
from scan.huggingface import HuggingFace
from scan.modelscope import ModelScope
from scan.opencsg import OpenCSG
from scan.openmmlab import OpenMMLab
from scan.pytorch_hub import PyTorchHub

HUBS: dict[str, Hub] = {
    "folder": Folder(),
    "huggingface": HuggingFace(),
    "modelscope": ModelScope(),
    "opencsg": OpenCSG(),
    "openmmlab": OpenMMLab(),
    "pytorch_hub": PyTorchHub(),
}
"""Every kind of hub by the word that `kind` in study.toml uses."""
