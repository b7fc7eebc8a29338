"""A last stage in which matching learns to refine the contrastive similarity.

Everything but the cross-attention and the matching head is frozen, so pictures and texts are
encoded once. The margin ``logit[1] - logit[0]`` starts as ``scale * (cosine - offset)``: the
reranker begins as good as the first stage and can only learn what that gets wrong. With little
training a matcher that starts from nothing reranks worse than the similarity it ignores.
"""

from __future__ import annotations

import random

import torch
from torch import Tensor

from ..emoji.store import Store
from . import models
from .align import Clock, Options
from .augment import augment
from .batches import Batches, encode
from .match import candidates, match_losses
from .optim import optimisers
from .tokenizer import CLS

_TEXTS, _WRONG = 24, 7


@torch.no_grad()
def _encode(tower: models.Tower, batches: Batches, pairs: list[tuple[int, int]],
            strength: float) -> tuple[Tensor, Tensor]:
    images, tokens = [], []
    for start in range(0, len(pairs), 128):
        part = pairs[start:start + 128]
        first = torch.stack([torch.from_numpy(batches.pixels[row].copy()) for row, _ in part])
        second = torch.stack([torch.from_numpy(batches.pixels[random.choice(batches.rows[at])[0]]
                                               .copy()) for _, at in part])
        image, token = tower.image(augment(first, second, strength))
        images.append(image)
        tokens.append(token)
    return torch.cat(images), torch.cat(tokens)


def refine(tower: models.Tower, tokenizer, store: Store, options: Options, scale: float,
           offset: float, note, pool_size: int = 3000, renew: int = 150) -> int:
    """Train the cross-attention and matching head of ``tower`` in place; returns the steps done.

    :param scale: weight of the cosine in the margin
    :param offset: cosine at which the similarity alone says even
    :param note: called with records for the log
    :param pool_size: pictures that candidates are drawn from; hundreds are renewed every
        ``renew`` steps
    """
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    tower.model.config.matching_prior = {"scale": scale, "offset": offset, "first_token_id": CLS}
    tower.eval()
    # The correction starts at nothing.
    torch.nn.init.zeros_(tower.model.itm_head.weight)
    torch.nn.init.zeros_(tower.model.itm_head.bias)
    for name, parameter in tower.named_parameters():
        parameter.requires_grad_("crossattention" in name or "itm_head" in name)
    trained = [p for p in tower.parameters() if p.requires_grad]
    batches = Batches(store, options.seed)
    texts = []
    with torch.no_grad():
        for start in range(0, len(batches.names), 512):
            texts.append(tower.text(*encode(tokenizer, batches.names[start:start + 512])))
    texts = torch.cat(texts)
    everything = [(row, at) for at, rows in enumerate(batches.rows) for row, _ in rows]
    pairs = random.sample(everything, min(pool_size, len(everything)))
    images, tokens = _encode(tower, batches, pairs, options.strength)
    emoji = torch.tensor([at for _, at in pairs])
    steppers, clock, sums, count = optimisers(tower, options.lr), Clock(options), {}, 0
    oldest = 0
    while (progress := clock.progress()) < 1.0:
        for stepper in steppers:
            for group in stepper.param_groups:
                group.setdefault("peak", group["lr"])
                group["lr"] = group["peak"] * clock.rate(progress)
            stepper.zero_grad(set_to_none=True)
        if clock.step % renew == renew - 1:
            rows = [(oldest + i) % len(pairs) for i in range(min(500, len(pairs)))]
            oldest = (oldest + len(rows)) % len(pairs)
            fresh = random.sample(everything, len(rows))
            images[rows], tokens[rows] = _encode(tower, batches, fresh, options.strength)
            emoji[rows] = torch.tensor([at for _, at in fresh])
        chosen = torch.randperm(len(emoji))[:_TEXTS]
        captions = [batches.names[at] for at in emoji[chosen].tolist()]
        true = batches.truth(emoji, emoji[chosen], captions).T
        hardness = 10 + 20 * progress
        wrong = candidates(texts[emoji[chosen]] @ images.T, true, _WRONG, hardness)
        lists = torch.cat([chosen.view(-1, 1), wrong], 1)
        other = emoji[chosen[torch.arange(len(chosen)).roll(1)]]
        of_image = torch.cat([lists.flatten(), chosen])
        of_text = torch.cat([emoji[chosen].repeat_interleave(lists.shape[1]), other])
        ids, mask = encode(tokenizer, [batches.names[at] for at in of_text.tolist()])
        cosine = (texts[of_text] * images[of_image]).sum(1)
        logits = tower.match(ids, mask, tokens[of_image], cosine)
        loss, numbers = match_losses(logits, lists.shape[1], ~true.gather(1, wrong))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 5.0)
        for stepper in steppers:
            stepper.step()
        clock.step += 1
        count += 1
        with torch.no_grad():
            listed = cosine[:lists.numel()].view(lists.shape)
            numbers["similarity_alone"] = float((listed.argmax(1) == 0).float().mean())
        for key, value in numbers.items():
            sums[key] = sums.get(key, 0.0) + value
        if clock.step % 50 == 0:
            note({"step": clock.step, "progress": round(progress, 3),
                  **{k: round(v / count, 4) for k, v in sums.items()}})
            sums, count = {}, 0
    return clock.step
