"""The table of the papers: R@1, R@5, R@10 in both directions, in percent."""

from __future__ import annotations

from .evaluation import Row

#: text to image, image to text. Sources: open_clip's docs/openclip_retrieval_results.csv for CLIP
#: (zero-shot); the papers of ALBEF, BLIP and BLIP-2 (reranked).
PUBLISHED = {
    "COCO, 5,000 pictures": (
        ("CLIP ViT-B/32, zero-shot", (30.4, 55.9, 66.9), (50.1, 75.0, 83.5)),
        ("CLIP ViT-L/14, zero-shot", (36.5, 61.1, 71.1), (56.3, 79.4, 86.6)),
        ("ALBEF 14M, fine-tuned", (60.7, 84.3, 90.5), (77.6, 94.3, 97.2)),
        ("BLIP ViT-B, fine-tuned", (64.3, 85.7, 91.5), (81.9, 95.4, 97.8)),
        ("BLIP ViT-L, fine-tuned", (65.1, 86.3, 91.8), (82.4, 95.4, 97.9)),
        ("BLIP-2 ViT-g, fine-tuned", (68.3, 87.7, 92.6), (85.4, 97.0, 98.5)),
    ),
    "Flickr30K, 1,000 pictures": (
        ("CLIP ViT-B/32, zero-shot", (58.8, 83.6, 90.0), (78.9, 94.9, 98.2)),
        ("CLIP ViT-L/14, zero-shot", (65.0, 87.2, 92.0), (85.2, 97.4, 99.2)),
        ("ALBEF 14M, fine-tuned", (85.6, 97.5, 98.9), (95.9, 99.8, 100.0)),
        ("BLIP ViT-B, fine-tuned", (87.3, 97.6, 98.9), (97.3, 99.9, 100.0)),
        ("BLIP ViT-L, fine-tuned", (87.6, 97.7, 99.0), (97.4, 99.8, 99.9)),
        ("BLIP-2 ViT-g, zero-shot", (89.7, 98.1, 98.9), (97.6, 100.0, 100.0)),
    ),
}

_WIDTH = 26


def published_for(dataset: str) -> str:
    """Return the key of ``PUBLISHED`` whose rows stand beside a dataset of that name."""
    return ("Flickr30K, 1,000 pictures" if "flickr" in dataset.lower()
            else "COCO, 5,000 pictures")


def table(dataset: str, rows: list[Row]) -> str:
    """Return the measured rows and below them the published ones."""
    lines = [
        f"{'':{_WIDTH}}{'text to image':^24}{'image to text':^24}",
        f"{'':{_WIDTH}}" + 2 * "".join(f"{f'R@{cut}':>8}" for cut in (1, 5, 10)),
        f"measured on {dataset}",
    ]
    for row in rows:
        percent = [100 * value for value in (*row.text_to_image, *row.image_to_text)]
        lines.append(_line(row.name, percent))
    key = published_for(dataset)
    lines.append(f"published on {key}")
    lines += [_line(name, (*to_image, *to_text)) for name, to_image, to_text in PUBLISHED[key]]
    return "\n".join(lines)


def _line(name: str, percent) -> str:
    return f"  {name:{_WIDTH - 2}}" + "".join(f"{value:8.1f}" for value in percent)
