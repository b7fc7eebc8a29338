"""The bundled models' checkpoints, for the exporter: CLIP and BLIP with a stem.

Importing this module registers the families ``emoji-clip`` and ``emoji-blip``.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sightline_export.bundle import export as exporter
from sightline_export.bundle import families
from sightline_export.bundle.families import blip, clip

from . import stem

families.register("emoji-clip", partial(clip.read, build=stem.load))
families.register("emoji-blip", partial(blip.read, build=stem.load))


def export(model: str, checkpoint: Path, out: Path) -> dict[str, Any]:
    """Write the bundle of a trained checkpoint and return its manifest.

    :param model: ``clip`` or ``blip``
    :param out: the bundle's folder; its name is the model id
    """
    return exporter.export(
        checkpoint, f"emoji-{model}", out, license="CC-BY-SA-4.0", source="train-bundled.sh",
        description=f"{model.upper()} trained on emoji artwork and its Unicode names")
