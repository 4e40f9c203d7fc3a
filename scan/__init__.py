"""What is there: models, their files, what each scanner did with each file, and what it found."""

from scan.folder import Folder
from scan.hub import Hub
from scan.huggingface import HuggingFace
from scan.modelscope import ModelScope
from scan.opencsg import OpenCSG

HUBS: dict[str, Hub] = {
    "folder": Folder(),
    "huggingface": HuggingFace(),
    "modelscope": ModelScope(),
    "opencsg": OpenCSG(),
}
"""Every kind of hub by the word that `kind` in study.toml uses."""
