"""Matching on top of contrast: does this text describe this picture?

Starts with random wrong pairs and mines harder ones gradually, because matching that meets only
look-alikes from the start never leaves chance. The decisive loss is listwise: reranking needs
the right picture above its look-alikes, so each text's candidates compete in one softmax over
``logit[1] - logit[0]``; the binary loss on the same pairs keeps the probabilities meaningful.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..tokenizer import CLS, MAX_LENGTH
from .align import MAX_SCALE, Trainer


def candidates(similarity: Tensor, positive: Tensor, count: int, hardness: float) -> Tensor:
    """Return for each row ``count`` negatives, drawn without replacement.

    :param similarity: ``[s, n]``, cosine of each query to each candidate
    :param positive: bool ``[s, n]``; these are never drawn while others remain
    :param hardness: 0 draws evenly; larger values prefer similar ones (a Gumbel-top-k sample of
        ``softmax(hardness * similarity)``)
    :return: int64 ``[s, count]``
    """
    uniform = torch.rand_like(similarity).clamp(1e-9, 1 - 1e-7)
    score = hardness * similarity.detach() - (-uniform.log()).log()
    return score.masked_fill(positive, -1e9).topk(count, 1).indices


@dataclass
class Pairs:
    """Right pairs of picture and caption, ``n`` of them.

    :param images: embeddings ``[n, d]``
    :param tokens: image tokens ``[n, t, hidden]``; with gradient for the newest batch only
    :param emoji: emoji rows ``[n]``
    :param texts: embeddings ``[n, d]``
    :param ids: ``[n, MAX_LENGTH]``, :param mask: the same shape
    :param captions: the captions
    """

    images: Tensor
    tokens: Tensor
    emoji: Tensor
    texts: Tensor
    ids: Tensor
    mask: Tensor
    captions: list[str]

    def detach(self) -> Pairs:
        """Return the same without gradient."""
        return Pairs(self.images, self.tokens.detach(), self.emoji, self.texts, self.ids,
                     self.mask, self.captions)


def joined(parts: list[Pairs]) -> Pairs:
    """Return all pairs of several batches."""
    names = ("images", "tokens", "emoji", "texts", "ids", "mask")
    tensors = {name: torch.cat([getattr(p, name) for p in parts]) for name in names}
    return Pairs(**tensors, captions=[caption for p in parts for caption in p.captions])


class MatchTrainer(Trainer):
    """Contrastive training that from some point on learns matching as well.

    Pairs of older batches are kept with their image tokens, so that there are look-alikes as hard
    as those of a real first stage. Right and wrong pictures are drawn from all batches alike:
    with right ones from the newest batch only, matching learned to tell new tokens from old ones
    instead (0.9 of the lists right in training, chance in use).

    Matching corrects the contrastive similarity (``matching_prior``): the cosine enters the margin
    with the learned logit scale and without gradient, so that the cross-attention spends itself on
    what the similarity gets wrong. The towers learn on, with fresh augmentation at each step; a
    correction trained afterwards on frozen features had learned those features by heart.

    :ivar texts: queries a step, :ivar wrong: wrong pictures a query, :ivar share: weight of
        matching, :ivar hardest: hardness reached at 85 % of the run, :ivar kept: older batches
    """

    texts = 32
    wrong = 5
    share = 2.0
    hardest = 30.0
    kept = 8

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self._older: list[Pairs] = []
        prior = self.tower.model.config.to_dict().get("matching_prior")
        #: Cosine between those of right pairs and of their hardest rivals, a running mean.
        self._even: float | None = prior["offset"] if prior else None

    def loss(self, keep: float) -> tuple[Tensor, dict]:
        """Return contrastive plus matching loss of one step and numbers for the log."""
        loss, numbers, batch, images, texts, tokens, ids, mask = self.contrastive(keep)
        start = self.options.match_from
        if self.progress < start:
            return loss, numbers
        hardness = self.hardest * min(1.0, (self.progress - start) / (0.85 - start))
        room = MAX_LENGTH - ids.shape[1]
        newest = Pairs(images.detach(), tokens, batch.emoji, texts.detach(),
                       functional.pad(ids, (0, room)), functional.pad(mask, (0, room)),
                       batch.captions)
        # Older tokens no longer fit when the number of kept patch tokens changes.
        self._older = [p for p in self._older if p.tokens.shape[1] == tokens.shape[1]]
        pool = joined([newest, *self._older])
        self._older = [newest.detach(), *self._older][:self.kept]
        logits, size, clean = self._match(pool, hardness)
        matching, more = match_losses(logits, size, clean)
        return loss + self.share * matching, {**numbers, **more}

    def _match(self, pool: Pairs, hardness: float) -> tuple[Tensor, int, Tensor]:
        """Return logits, list size and truth as ``match_losses`` takes them."""
        # Names are what reranking is judged by; tags stay in for a part.
        is_name = torch.tensor([self.batches.names[at] == caption for at, caption
                                in zip(pool.emoji.tolist(), pool.captions, strict=True)])
        chosen = (torch.rand(len(is_name)) + 0.7 * is_name).topk(self.texts).indices
        captions = [pool.captions[at] for at in chosen.tolist()]
        true = self.batches.truth(pool.emoji, pool.emoji[chosen], captions).T
        rows = candidates(pool.texts[chosen] @ pool.images.T, true, self.wrong, hardness)
        lists = torch.cat([chosen.view(-1, 1), rows], 1)
        # One wrong text for each picture, by the same rule.
        false = self.batches.truth(pool.emoji[chosen], pool.emoji, pool.captions)
        other = candidates(pool.images[chosen] @ pool.texts.T, false, 1, hardness)[:, 0]
        of_text = torch.cat([chosen.repeat_interleave(lists.shape[1]), other])
        of_image = torch.cat([lists.flatten(), chosen])
        length = int(pool.mask[of_text].sum(1).max())
        cosine = (pool.texts[of_text] * pool.images[of_image]).sum(1)
        self._follow(cosine[:lists.numel()].view(lists.shape))
        logits = self.tower.match(pool.ids[of_text][:, :length], pool.mask[of_text][:, :length],
                                  pool.tokens[of_image], cosine)
        return logits, lists.shape[1], ~true.gather(1, rows)

    def _follow(self, listed: Tensor) -> None:
        """Keep the prior at the learned scale and the even cosine, ``listed`` being ``[s, size]``
        with right pairs first."""
        even = float((listed[:, 0] + listed[:, 1:].max(1).values).mean()) / 2
        self._even = even if self._even is None else 0.99 * self._even + 0.01 * even
        scale = float(self.tower.scale.detach().clamp(max=MAX_SCALE).exp())
        self.tower.model.config.matching_prior = {
            "scale": scale, "offset": self._even, "first_token_id": CLS}


def match_losses(logits: Tensor, size: int, clean: Tensor) -> tuple[Tensor, dict]:
    """Return listwise plus binary loss, and numbers for the log.

    :param logits: ``[s * size + s, 2]``: ``s`` lists of ``size`` pictures, the right one first,
        then ``s`` pairs with a wrong text
    :param clean: bool ``[s, size - 1]``: whether the wrong pictures are wrong indeed
    """
    count = len(clean)
    listed = logits[:count * size].view(count, size, 2)
    margin = listed[..., 1] - listed[..., 0]
    margin = torch.cat([margin[:, :1], margin[:, 1:].masked_fill(~clean, -1e4)], 1)
    listwise = functional.cross_entropy(margin, torch.zeros(count, dtype=torch.long))
    label = torch.zeros(len(logits), dtype=torch.long)
    label[:count * size:size] = 1
    # The right pairs are few; each weighs as much as half of its list.
    weights = torch.cat([torch.full((count, 1), size / 2), clean.float()], 1).flatten()
    weights = torch.cat([weights, torch.ones(len(logits) - len(weights))])
    binary = (functional.cross_entropy(logits, label, reduction="none") * weights).sum()
    binary = binary / weights.sum()
    right = (logits.argmax(1) == label).float()
    return listwise + binary, {
        "listwise": listwise.item(), "binary": binary.item(),
        "list_accuracy": float((margin.argmax(1) == 0).float().mean()),
        "pair_accuracy": float((right * weights).sum() / weights.sum()),
    }
