"""What is there: models, their files, what each scanner did with each file, and what it found."""

from scan.folder import Folder
from scan.hub import Hub
from scan.huggingface import HuggingFace
from scan.modelscope import ModelScope

HUBS: dict[str, Hub] = {
    "folder": Folder(),
    "huggingface": HuggingFace(),
    "modelscope": ModelScope(),
}
"""Every kind of hub by the word that `kind` in study.toml uses."""
