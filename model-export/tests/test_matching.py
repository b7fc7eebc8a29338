"""Matching graphs take fewer products than the reference models and give the same."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sightline_export.bundle.families import cross_attention, graphs, read

FAMILIES = ("blip", "albef", "blip2")


class Attention(nn.Module):
    """Cross-attention's matrices, with biases, in float64."""

    def __init__(self, heads, width, inside, hidden):
        super().__init__()
        self.num_attention_heads, self.attention_head_size = heads, width
        self.query = nn.Linear(inside, heads * width)
        self.key, self.value = (nn.Linear(hidden, heads * width) for _ in range(2))
        generator = torch.Generator().manual_seed(heads * width)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.3, generator=generator)
        self.double()


def _plain(own, x, tokens):
    """Head by head, as the formula says."""
    size, seen = own.attention_head_size, []
    query, keys, values = own.query(x), own.key(tokens), own.value(tokens)
    for at in range(0, query.shape[-1], size):
        part = slice(at, at + size)
        scores = query[..., part] @ keys[..., part].transpose(1, 2) / size**0.5
        seen.append(scores.softmax(-1) @ values[..., part])
    return torch.cat(seen, -1)


@pytest.mark.parametrize("heads,width,hidden", [(1, 8, 24), (3, 8, 24), (3, 8, 40), (4, 5, 7)])
@pytest.mark.parametrize("rows,length", [(1, 1), (3, 6), (2, 30)])
@pytest.mark.parametrize("most", [1, 10_000])
@torch.no_grad()
def test_both_orders_are_the_formula(heads, width, hidden, rows, length, most):
    """In float64, on both sides of the break-even."""
    own = Attention(heads, width, heads * width, hidden)
    random = torch.Generator().manual_seed(1)
    x = torch.randn(rows, length, heads * width, generator=random, dtype=torch.float64)
    tokens = torch.randn(rows, 11, hidden, generator=random, dtype=torch.float64)
    wanted = _plain(own, x, tokens)
    found = cross_attention.cross(own, x, tokens, most)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)
    assert wanted.std() > 0.1


@torch.no_grad()
def test_several_rows_look_at_one_picture():
    own = Attention(3, 8, 24, 40)
    random = torch.Generator().manual_seed(1)
    x = torch.randn(6, 4, 24, generator=random, dtype=torch.float64)
    tokens = torch.randn(2, 11, 40, generator=random, dtype=torch.float64)
    wanted = _plain(own, x, tokens.repeat_interleave(3, 0))
    torch.testing.assert_close(cross_attention.look(own, x, tokens), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("heads,width,hidden,tokens,wanted", [
    (12, 768, 768, 577, 62.3), (12, 768, 1024, 577, 61.0), (12, 768, 1408, 257, 53.2),
    (12, 768, 1408, 677, 61.0)])
def test_break_even_of_published_models(heads, width, hidden, tokens, wanted):
    own = nn.Module()
    own.num_attention_heads, own.key = heads, nn.Linear(hidden, width, device="meta")
    assert cross_attention.break_even(own, tokens) == pytest.approx(wanted, abs=0.06)


@pytest.mark.parametrize("most,products", [(62, ["look"]), (63, ["attend"])])
def test_beyond_the_break_even_the_usual_order_is_taken(monkeypatch, most, products):
    own = nn.Module()
    own.num_attention_heads, own.query = 12, nn.Identity()
    own.key, own.value = (nn.Linear(768, 768, device="meta") for _ in range(2))
    called = []
    for name in ("look", "attend"):
        monkeypatch.setattr(cross_attention, name,
                            lambda *_, name=name: called.append(name))
    tokens = torch.empty(1, 577, 768, device="meta")
    cross_attention.cross(own, torch.empty(1, 5, 768, device="meta"), tokens, most)
    assert called == products


def _double(graph, checkpoint, batch, length):
    """Return random arguments in float64."""
    made = graph.example(checkpoint, batch, length)
    return [value.double() if value.is_floating_point() else value for value in made]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("breaks", [0, 100])
@torch.no_grad()
def test_matching_equals_the_reference_model(checkpoints, monkeypatch, family, breaks):
    """In float64, whichever order the layers take; texts with and without padding."""
    checkpoint = read(checkpoints[family], family)
    checkpoint.model.double()
    graph = {each.file: each for each in graphs(checkpoint)}["matching.onnx"]
    monkeypatch.setattr(cross_attention, "break_even", lambda own, tokens: breaks)
    torch.manual_seed(2)
    for batch, length in ((1, 1), (1, 7), (4, 9), (2, 16)):
        given = _double(graph, checkpoint, batch, length)
        wanted = graph.wanted(*given)
        torch.testing.assert_close(graph.module(*given), wanted, rtol=0, atol=1e-10)
        assert wanted.std() > 0.05
    padded = given[1].clone()
    padded[0, 3:] = 0
    given[1] = padded
    torch.testing.assert_close(graph.module(*given), graph.wanted(*given), rtol=0, atol=1e-10)


@torch.no_grad()
def test_matching_that_corrects_the_similarity_equals_the_reference(checkpoints):
    """As emoji-blip has it: the text is read a second time, without the picture."""
    checkpoint = read(checkpoints["blip"], "blip")
    checkpoint.model.config.matching_prior = {"scale": 20.0, "offset": 0.2, "first_token_id": 2}
    checkpoint.model.double()
    graph = graphs(checkpoint)[2]
    given = _double(graph, checkpoint, 3, 9)
    wanted = graph.wanted(*given)
    torch.testing.assert_close(graph.module(*given), wanted, rtol=0, atol=1e-10)
    checkpoint.model.config.matching_prior = None
    plain = graphs(checkpoint)[2].module(*given)
    assert (plain - wanted).abs().max() > 0.1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_wrong_matching_graph_is_not_compared_with_itself(checkpoints, family):
    """What graphs are compared with and golden values come from is the reference's own way."""
    graph = {each.file: each for each in graphs(read(checkpoints[family], family))}["matching.onnx"]
    assert graph.wanted is not graph.module
    assert type(graph.module).__mro__[1] is type(graph.wanted)


#: Products of a layer whose ``r`` rows see ``t`` tokens and ``p`` of which see a picture.
def _layer(r, t, p, *, heads, width, inner, tokens, hidden):
    own = 2 * r * width**2 + 2 * t * width**2 + 2 * r * t * width
    picture = 2 * p * width**2 + 2 * p * width * hidden + 2 * heads * p * tokens * hidden
    return own + (picture if p else 0) + 2 * r * width * inner


def _bert(length, layers, **sizes):
    """Where every layer looks, and of the last one the first token is wanted."""
    return ((layers - 1) * _layer(length, length, length, **sizes)
            + _layer(1, length, 1, **sizes) + 2 * sizes["width"])


def _qformer(length, layers, queries, **sizes):
    """Where the queries of every second layer look, and of the last one they are wanted."""
    return sum(_layer(queries + (length if at < layers - 1 else 0), queries + length,
                      queries if at % 2 == 0 else 0, **sizes)
               for at in range(layers)) + 2 * queries * sizes["width"]


_TINY = {"heads": 2, "tokens": 17, "hidden": 32}


@pytest.mark.parametrize("family,wanted", [
    ("blip", _bert(9, 2, width=32, inner=64, **_TINY)),
    ("albef", _bert(9, 2, width=24, inner=48, **_TINY)),
    ("blip2", _qformer(9, 3, 4, width=24, inner=48, **_TINY))])
@torch.no_grad()
def test_nothing_is_multiplied_that_nobody_reads(checkpoints, monkeypatch, family, wanted):
    checkpoint = read(checkpoints[family], family)
    graph = {each.file: each for each in graphs(checkpoint)}["matching.onnx"]
    monkeypatch.setattr(cross_attention, "break_even", lambda own, tokens: 100)
    counter = FlopCounterMode(display=False)
    with counter:
        graph.module(*graph.example(checkpoint, 3, 9))
    # it counts a product and its sum as two
    assert counter.get_total_flops() == 2 * 3 * wanted


def test_blip_base_takes_a_third():
    """Of the 9.49 thousand million products for a text of 12 tokens and a picture of 577."""
    sizes = {"width": 768, "inner": 3072, "heads": 12, "tokens": 577, "hidden": 768}
    assert _bert(12, 12, **sizes) == pytest.approx(2.69e9, rel=0.003)
