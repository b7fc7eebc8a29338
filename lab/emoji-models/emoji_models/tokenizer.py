"""The WordPiece tokenizer of the bundled models.

Every word of the names and tags is one token; every printable ASCII character and every further
character of those words is one too, alone and as ``##`` continuation, so that an unseen word
of up to 100 characters falls apart into characters and does not become ``[UNK]``.
"""

from __future__ import annotations

import string
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[ENC]")
PAD, UNK, CLS, SEP, MASK, ENC = range(6)
MAX_LENGTH = 24


def _normalizer(extra: str) -> normalizers.Normalizer:
    allowed = "".join("\\" + c if c in "\\]^-" else c for c in extra)
    return normalizers.Sequence([
        normalizers.BertNormalizer(
            clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
        ),
        # Characters that no caption has carry nothing for these models; as blanks they are
        # harmless, as [UNK] they would disturb the rest of the text.
        normalizers.Replace(Regex(f"[^\\x20-\\x7e{allowed}]"), " "),
    ])


def build(captions: Iterable[str], max_length: int = MAX_LENGTH) -> Tokenizer:
    """Return a tokenizer that knows the words of ``captions``.

    :param captions: names and tags
    :param max_length: tokens, specials included; longer texts are truncated
    """
    plain = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    split = pre_tokenizers.BertPreTokenizer()
    words: dict[str, int] = {}
    for caption in captions:
        for word, _ in split.pre_tokenize_str(plain.normalize_str(caption)):
            words[word] = words.get(word, 0) + 1
    printable = [c for c in string.printable if c.isprintable() and not c.isspace()]
    characters = sorted({c.lower() for c in printable} | {c for word in words for c in word})
    vocabulary: dict[str, int] = {}
    ordered = [
        *SPECIALS, *characters, *(f"##{c}" for c in characters),
        *sorted(words, key=lambda word: (-words[word], word)),
    ]
    for token in ordered:
        vocabulary.setdefault(token, len(vocabulary))
    tokenizer = Tokenizer(
        models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100)
    )
    tokenizer.normalizer = _normalizer("".join(c for c in characters if ord(c) > 0x7E))
    tokenizer.pre_tokenizer = split
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)],
    )
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.enable_truncation(max_length)
    tokenizer.enable_padding(pad_id=PAD, pad_token="[PAD]")
    return tokenizer
