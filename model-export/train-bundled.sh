#!/usr/bin/env bash
# Trains emoji-blip and emoji-clip from nothing, exports both and measures them on unseen artwork.
# usage: train-bundled.sh DATA RUNS BUNDLES   (DATA: folder that the emoji-data command filled)
# STEPS sets the length; 9000 steps should take about three hours on two free cores (estimated
# from 1.4 s a step on busy ones).
set -euo pipefail

data=${1:?data folder} runs=${2:?folder for runs} bundles=${3:?folder for bundles}
tool() { python -m sightline_export "$@"; }

tool train-emoji --model blip --data "$data" --out "$runs/blip" \
    --steps "${STEPS:-9000}" --batch 96 --lr 0.002 --warmup 30 --decay 0.5 \
    --keep 0.5 --full-from 0.85 --strength 0.7 --gentle 0.4 --match-from 0.3 --seed 1
tool train-emoji --model matching --data "$data" --start "$runs/blip" --out "$runs/matching" \
    --steps 4000 --lr 0.001 --warmup 30 --decay 0.8 --strength 0.6 --seed 1
tool train-emoji --model clip --data "$data" --start "$runs/blip" --out "$runs/clip" \
    --steps 1500 --batch 256 --lr 0.002 --warmup 30 --decay 0.7 --seed 1

bundle() {
    tool export --checkpoint "$runs/$2/checkpoint" --family "$1" --out "$bundles/emoji-$1" \
        --license CC-BY-SA-4.0 --source "train-bundled.sh" \
        --description "${1^^} trained on emoji artwork and its Unicode names"
}
bundle blip matching
bundle clip clip
tool evaluate --data "$data" --first "$bundles/emoji-clip" --second "$bundles/emoji-blip"
tool evaluate --data "$data" --first "$bundles/emoji-clip" --second "$bundles/emoji-blip" \
    --skin-tones
