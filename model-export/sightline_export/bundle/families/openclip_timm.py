"""Vision towers of OpenCLIP that are models of timm: built by OpenCLIP itself, where it is
installed."""

from __future__ import annotations

import importlib
from typing import Any

from torch import nn

from .. import ExportError


def tower(found: dict[str, Any], dimensions: int, where: str) -> nn.Module:
    """Return the tower of a ``vision_cfg`` with ``timm_model_name``, without its weights.

    :param where: the config, for messages
    :raises ExportError: when OpenCLIP or timm is missing, or timm does not know the model
    """
    name = found["timm_model_name"]
    try:
        timm_model = importlib.import_module("open_clip.timm_model")
        importlib.import_module("timm")
    except (ImportError, RuntimeError) as e:
        raise ExportError(f"[{where}] vision_cfg.timm_model_name is [{name}], which needs OpenCLIP "
                          "and timm: pip install 'sightline-export[timm]'") from e
    try:
        return timm_model.TimmModel(
            name, dimensions, image_size=found.get("image_size", 224),
            pool=found.get("timm_pool", "avg"), proj=found.get("timm_proj", "linear"),
            proj_bias=bool(found.get("timm_proj_bias", False)))
    except (RuntimeError, AssertionError, TypeError) as e:
        raise ExportError(f"[{where}] vision_cfg.timm_model_name [{name}] cannot be built by timm: "
                          f"{e or type(e).__name__}") from e
