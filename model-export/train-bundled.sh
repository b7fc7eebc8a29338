#!/usr/bin/env bash
# Trains emoji-blip and emoji-clip from nothing, exports both and measures them on unseen artwork.
# usage: train-bundled.sh DATA RUNS BUNDLES   (DATA: folder that the emoji-data command filled)
# STEPS sets the length: 12000 steps take about three hours on two free cores.
set -euo pipefail

data=${1:?data folder} runs=${2:?folder for runs} bundles=${3:?folder for bundles}
tool() { python -m sightline_export "$@"; }

tool train-emoji --model blip --data "$data" --out "$runs/blip" \
    --steps "${STEPS:-12000}" --batch 96 --lr 0.002 --warmup 30 --decay 0.5 \
    --keep 0.5 --full-from 0.85 --strength 0.7 --gentle 0.4 --match-from 0.3 --seed 1
tool train-emoji --model clip --data "$data" --start "$runs/blip" --out "$runs/clip" \
    --steps 1500 --batch 256 --lr 0.002 --warmup 30 --decay 0.7 --seed 1

for family in blip clip; do
    tool export --checkpoint "$runs/$family/checkpoint" --family "$family" \
        --out "$bundles/emoji-$family" --license CC-BY-SA-4.0 \
        --description "${family^^} trained on emoji artwork and its Unicode names" \
        --source "train-emoji --model $family"
done
tool evaluate --data "$data" --first "$bundles/emoji-clip" --second "$bundles/emoji-blip"
tool evaluate --data "$data" --first "$bundles/emoji-clip" --second "$bundles/emoji-blip" \
    --skin-tones
