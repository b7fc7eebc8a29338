/** First stage beside reranked, with lines that show what moved. */
import { fill, h, svg } from "./dom.js";
import { number, t } from "./language.js";
import { thumbnail } from "./tile.js";

const ROW = 76;
const LINE_WIDTH = 120;
const PICTURE = 64;

function moved(from, to) {
  if (from === undefined) {
    return { text: t("isNew"), kind: "up" };
  }
  const by = from - to;
  if (by === 0) {
    return { text: "=", kind: "same" };
  }
  return { text: `${by > 0 ? "↑" : "↓"} ${number(Math.abs(by))}`, kind: by > 0 ? "up" : "down" };
}

function row(hit, place, fields, open, extra) {
  const below = extra?.below ? ".below" : "";
  return h(
    `li.ranked${below}`,
    { dataset: { key: hit.key } },
    h(
      "button",
      { type: "button", on: { click: () => open(hit) } },
      h("span.rank", {}, number(place + 1)),
      thumbnail(hit, fields.picture, PICTURE, { alt: "" }),
      h("span.ranked-text", {}, h("span.tile-title", {}, hit.title), h("span.score", {}, number(hit.score ?? 0, 3))),
      extra?.move && h(`span.move.${extra.move.kind}`, {}, extra.move.text),
    ),
  );
}

function curve(from, to, key, kind) {
  const [y1, y2] = [from, to].map((place) => ROW * (place + 0.5));
  const middle = LINE_WIDTH / 2;
  return svg("path", {
    d: `M0 ${y1}C${middle} ${y1} ${middle} ${y2} ${LINE_WIDTH} ${y2}`,
    class: kind,
    "data-key": key,
  });
}

/**
 * @param {object} results hits in their new order, and first, those of the first stage
 * @param {number|null} cutoff hits below it are dimmed
 */
function draw(element, { hits, first }, fields, cutoff, open) {
  const before = new Map(first.map((hit, i) => [hit.key, i]));
  const left = first.map((hit, i) => row(hit, i, fields, open));
  const right = hits.map((hit, i) =>
    row(hit, i, fields, open, {
      move: moved(before.get(hit.key), i),
      below: cutoff !== null && hit.score < cutoff,
    }),
  );
  const lines = hits
    .map((hit, i) => [before.get(hit.key), i, hit.key])
    .filter(([from]) => from !== undefined)
    .map(([from, to, key]) => curve(from, to, key, moved(from, to).kind));
  const height = ROW * Math.max(hits.length, first.length);
  const drawing = svg("svg", { class: "lines", viewBox: `0 0 ${LINE_WIDTH} ${height}`, width: LINE_WIDTH, height, "aria-hidden": "true" }, lines);
  fill(
    element,
    h("div", {}, h("h2", {}, t("firstStage")), h("ol.ranking", { "aria-label": t("firstStage") }, left)),
    h("div.between", {}, drawing),
    h("div", {}, h("h2", {}, t("reranked")), h("ol.ranking", { "aria-label": t("reranked") }, right)),
  );
}

/** @return {object} the element, show(results, fields, cutoff) */
export function createCompare(open) {
  const element = h("div.compare");
  const mark = (event, on) => {
    const key = event.target.closest?.("[data-key]")?.dataset.key;
    if (key !== undefined) {
      element.querySelectorAll("[data-key]").forEach((other) => {
        other.classList.toggle("same-hit", on && other.dataset.key === key);
      });
    }
  };
  ["mouseover", "focusin"].forEach((event) => element.addEventListener(event, (e) => mark(e, true)));
  ["mouseout", "focusout"].forEach((event) => element.addEventListener(event, (e) => mark(e, false)));
  return {
    element,
    show: (results, fields, cutoff) => draw(element, results, fields, cutoff, open),
    clear: () => fill(element),
  };
}
