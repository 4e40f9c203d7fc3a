"""What platforms do about code that runs at load time: claims with their evidence.

Rooms: ``fetch`` (releases and documents into the raw store), ``sdk`` (the rules of each client package), ``extract``
(claims from syntax trees) and ``documentation`` (claims from sentences). ``evidence.py`` says what a plug-in is.
"""

from platforms.evidence import Evidence
from platforms.sdk import huggingface, modelscope, opencsg, openmmlab, torch_hub, transformers

EVIDENCE: dict[str, Evidence] = {
    one.package: one
    for one in (
        transformers.PACKAGE,
        torch_hub.PACKAGE,
        huggingface.HUGGINGFACE_HUB,
        huggingface.DIFFUSERS,
        huggingface.SENTENCE_TRANSFORMERS,
        huggingface.DATASETS,
        huggingface.TIMM,
        modelscope.PACKAGE,
        opencsg.PACKAGE,
        openmmlab.MMENGINE,
        openmmlab.OPENMIM,
        openmmlab.MMDET,
    )
}
"""Every client package that has rules, by its canonical name."""
