"""Makes a CLIP of a trained BLIP: the same vision tower, and a causal text tower of its own.

The text tower learns to give what BLIP's text encoder gives, and to find the training pictures;
pictures are encoded once, so this takes minutes.
"""

from __future__ import annotations

import random

import torch
from torch import Tensor

from ..emoji.store import Store
from . import models
from .align import MAX_SCALE, Clock, Options
from .augment import augment
from .batches import Batches, encode
from .losses import soft_cross_entropy
from .optim import optimisers


@torch.no_grad()
def encode_pictures(tower: models.Tower, batches: Batches) -> tuple[Tensor, Tensor]:
    """Return embeddings ``[n, d]`` and emoji rows ``[n]`` of mildly augmented training pictures.

    Every other picture is enough for a text tower that follows another one.
    """
    pairs = [(row, at) for at, rows in enumerate(batches.rows) for row, _ in rows][::2]
    embeddings = []
    for start in range(0, len(pairs), 256):
        pixels = torch.stack([torch.from_numpy(batches.pixels[row].copy())
                              for row, _ in pairs[start:start + 256]])
        embeddings.append(tower.image(augment(pixels, pixels, 0.2))[0])
    return torch.cat(embeddings), torch.tensor([at for _, at in pairs])


def make(blip: models.Tower, clip: models.Tower, tokenizer, store: Store, options: Options,
         note) -> int:
    """Copy the vision tower of ``blip`` into ``clip`` and train the texts of ``clip``.

    Returns the steps done.

    :param note: called with records for the log
    """
    models.copy_vision(blip.model, clip.model)
    blip.eval()
    clip.eval()
    batches = Batches(store, options.seed)
    pictures, emoji = encode_pictures(clip, batches)
    clip.scale.data.copy_(blip.scale.data)
    for name, parameter in clip.named_parameters():
        parameter.requires_grad_("text" in name)
    trained = [p for p in clip.parameters() if p.requires_grad]
    steppers = optimisers(clip, options.lr)
    scale = blip.scale.detach().clamp(max=MAX_SCALE).exp()
    clock, sums = Clock(options), {"same": 0.0, "find": 0.0}
    everyone = list(range(len(batches.keys)))
    draw = random.Random(options.seed)
    while (progress := clock.progress()) < 1.0:
        for stepper in steppers:
            for group in stepper.param_groups:
                group.setdefault("peak", group["lr"])
                group["lr"] = group["peak"] * clock.rate(progress)
            stepper.zero_grad(set_to_none=True)
        rows = draw.sample(everyone, options.batch)
        captions = [batches.caption(at) for at in rows]
        ids, mask = encode(tokenizer, captions)
        texts = clip.text(ids, mask)
        with torch.no_grad():
            wanted = blip.text(ids, mask)
        same = (1 - (texts * wanted).sum(1)).mean()
        at = torch.randint(len(emoji), (2048,))
        true = batches.truth(emoji[at], torch.tensor(rows), captions).T
        some = true.any(1)
        find = soft_cross_entropy(scale * texts[some] @ pictures[at].T, true[some])
        (10 * same + find).backward()
        torch.nn.utils.clip_grad_norm_(trained, 5.0)
        for stepper in steppers:
            stepper.step()
        clock.step += 1
        sums["same"] += same.item()
        sums["find"] += find.item()
        if clock.step % 50 == 0:
            note({"step": clock.step, **{k: round(v / 50, 4) for k, v in sums.items()}})
            sums = dict.fromkeys(sums, 0.0)
    return clock.step
