"""Pipelines and components of Diffusers that are classes of the repository's own.

Source: diffusers at 58eb52c0, pipelines/pipeline_loading_utils.py: ``_resolve_custom_pipeline_and_cls`` (:993, a
``_class_name`` that is a pair names a file at the root), ``_get_custom_components_and_folders`` (:1074) and
``get_class_obj_and_candidates`` (:438, ``["module", "Class"]`` is a file in the component's folder where there is one);
models/auto_model.py:112, :308 (``auto_map`` of a component's configuration). Relative imports:
utils/dynamic_modules_utils.py, the patterns of Transformers, but ``.a.b`` is ``a/b.py``.
"""

from scan.relevance.auto_map import auto_map
from scan.relevance.repository import Repository
from scan.relevance.tree import Entry, Found, inside

FILE = "model_index.json"


def model_index(repository: Repository, found: Found) -> None:
    """Find the files that ``model_index.json`` names, and what the components' own configurations name."""
    index = repository.object(FILE, found)
    for key, value in index.items():
        match value:
            case [str(first), _]:
                pass
            case _:
                continue
        path = inside("" if key == "_class_name" else key, f"{first}.py")
        if path is not None and path in repository:
            found.by.add(FILE)
            found.entries.append(Entry(path, f"{FILE}: {key[:60]}", "diffusers"))
        elif key == "_class_name":
            found.problem(FILE, f"_class_name names {first[:100]}.py, which is not in the repository")
        folder = inside("", key)
        if key != "_class_name" and folder:
            auto_map(repository, found, folder)
