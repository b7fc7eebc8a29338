#!/usr/bin/env bash
# Trains emoji-blip and emoji-clip from nothing, exports both and measures them on unseen artwork.
# usage: train-bundled.sh DATA RUNS BUNDLES   (DATA: folder that `python -m emoji_models data` filled)
# Lengths are in minutes of two cores (MINUTES, PHRASE_MINUTES, CLIP_MINUTES; CAPTION_MINUTES of
# one), because steps cost more towards the end; the model cards say how many steps the bundled
# weights had.
set -euo pipefail

data=${1:?data folder} runs=${2:?folder for runs} bundles=${3:?folder for bundles}
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export PYTHONPATH="$here:$here/../../model-export"
tool() { python -m emoji_models "$@"; }

tool train --model blip --data "$data" --out "$runs/blip" \
    --minutes "${MINUTES:-75}" --steps 100000 --batch 96 --lr 0.002 --warmup 30 --decay 0.5 \
    --keep 0.5 --full-from 0.85 --strength 0.7 --gentle 0.4 --match-from 0.5 --seed 1
tool train --model phrases --data "$data" --start "$runs/blip" --out "$runs/phrases" \
    --minutes "${PHRASE_MINUTES:-4}" --steps 100000 --batch 96 --lr 0.0005 --warmup 20 \
    --decay 0.7 --strength 0.3 --seed 1
tool train --model caption --data "$data" --start "$runs/phrases" --out "$runs/caption" \
    --minutes "${CAPTION_MINUTES:-27}" --steps 100000 --batch 128 --lr 0.002 --warmup 30 \
    --decay 0.5 --keep 0.5 --full-from 0.8 --strength 0.85 --gentle 0.7 --seed 1
tool train --model clip --data "$data" --start "$runs/blip" --out "$runs/clip" \
    --minutes "${CLIP_MINUTES:-14}" --steps 100000 --batch 96 --lr 0.002 --warmup 30 --decay 0.5 \
    --keep 0.5 --full-from 0.8 --strength 0.6 --gentle 0.6 --seed 1

tool export --model blip --checkpoint "$runs/caption/checkpoint" --out "$bundles/emoji-blip"
tool export --model clip --checkpoint "$runs/clip/checkpoint" --out "$bundles/emoji-clip"
tool evaluate --data "$data" --first "$bundles/emoji-clip" --second "$bundles/emoji-blip"
tool evaluate --data "$data" --first "$bundles/emoji-clip" --second "$bundles/emoji-blip" \
    --skin-tones
