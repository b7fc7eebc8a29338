/**
 * An endless grid of pictures. Only the rows around the window are in the document, so that ten
 * thousand hits cost no more than a hundred.
 */
import { h } from "./dom.js";
import { t } from "./language.js";
import { tile } from "./tile.js";

const GAP = 10;
const LEAST_TILE = { wide: 168, narrow: 104 };
const NARROW = 640;

/** Rows beside the visible ones that are kept. */
const SPARE_ROWS = 2;

/** How many windows ahead the next hits are asked for. */
const AHEAD = 2;

/** Who scrolls faster than this many windows a second sees no thumbnails on the way. */
const FAST = 8;
const CALM_MILLIS = 120;

/**
 * @param {object} acts open(hit), more(hit), less(hit), end() when the last hits come near
 * @return {object} the element, show(hits, fields, cutoff), cut(cutoff), focus(), close()
 */
export function createGrid(acts) {
  const element = h("div.grid", { role: "list", "aria-label": t("hits") });
  const tiles = new Map(); // by the place of their hit
  let hits = [];
  let fields = null;
  let cutoff = null;
  let columns = 1;
  let side = LEAST_TILE.wide;
  let current = 0;
  let last = { top: 0, at: 0 };
  let calm = 0;

  function measure() {
    const width = element.clientWidth;
    const least = width < NARROW ? LEAST_TILE.narrow : LEAST_TILE.wide;
    columns = Math.max(2, Math.floor((width + GAP) / (least + GAP)));
    side = (width - GAP * (columns - 1)) / columns;
    element.style.height = `${Math.max(0, Math.ceil(hits.length / columns) * (side + GAP) - GAP)}px`;
  }

  function visible() {
    const top = element.getBoundingClientRect().top;
    const row = side + GAP;
    const first = Math.floor(-top / row) - SPARE_ROWS;
    const end = Math.ceil((innerHeight - top) / row) + SPARE_ROWS;
    return [Math.max(0, first * columns), Math.min(hits.length, end * columns)];
  }

  function place(element_, i) {
    element_.style.width = element_.style.height = `${side}px`;
    const x = (i % columns) * (side + GAP);
    const y = Math.floor(i / columns) * (side + GAP);
    element_.style.transform = `translate(${x}px, ${y}px)`;
  }

  function remove(i) {
    const gone = tiles.get(i);
    tiles.delete(i);
    gone.querySelector("img")?.removeAttribute("src"); // a request under way is cut off
    gone.remove();
  }

  function dim(element_, hit) {
    element_.classList.toggle("below", cutoff !== null && hit.score < cutoff);
  }

  function draw() {
    if (!fields || !element.isConnected) {
      return;
    }
    const [begin, end] = visible();
    [...tiles.keys()].filter((i) => i < begin || i >= end).forEach(remove);
    for (let i = begin; i < end; i++) {
      if (!tiles.has(i)) {
        const made = tile(hits[i], i, fields, side, acts);
        place(made, i);
        dim(made, hits[i]);
        tiles.set(i, made);
        const after = tiles.get(i + 1);
        element.insertBefore(made, after ?? null);
        made.querySelector(".tile-open").tabIndex = i === current ? 0 : -1;
      }
    }
    const left = element.getBoundingClientRect().bottom - innerHeight;
    if (left < AHEAD * innerHeight) {
      acts.end();
    }
  }

  function scrolled() {
    const now = { top: scrollY, at: performance.now() };
    const speed = Math.abs(now.top - last.top) / Math.max(1, now.at - last.at);
    last = now;
    clearTimeout(calm);
    if (speed * 1000 > FAST * innerHeight) {
      calm = setTimeout(draw, CALM_MILLIS);
    } else {
      requestAnimationFrame(draw);
    }
  }

  function resized() {
    measure();
    tiles.forEach(place);
    draw();
  }

  function moveTo(i) {
    const next = Math.max(0, Math.min(hits.length - 1, i));
    tiles.get(current)?.querySelector(".tile-open")?.setAttribute("tabindex", "-1");
    current = next;
    const y = element.getBoundingClientRect().top + scrollY + Math.floor(next / columns) * (side + GAP);
    const header = document.querySelector(".top")?.offsetHeight ?? 0;
    if (y < scrollY + header || y + side > scrollY + innerHeight) {
      scrollTo({ top: y - header - (innerHeight - header - side) / 2 });
    }
    draw();
    const open = tiles.get(next)?.querySelector(".tile-open");
    open?.setAttribute("tabindex", "0");
    open?.focus({ preventScroll: true });
  }

  const KEYS = {
    ArrowRight: () => moveTo(current + 1),
    ArrowLeft: () => moveTo(current - 1),
    ArrowDown: () => moveTo(current + columns),
    ArrowUp: () => moveTo(current - columns),
    Home: () => moveTo(0),
    End: () => moveTo(hits.length - 1),
    "+": () => fields.comparable && acts.more(hits[current]),
    "-": () => fields.comparable && acts.less(hits[current]),
  };

  element.addEventListener("keydown", (event) => {
    if (KEYS[event.key] && !event.ctrlKey && !event.metaKey && event.target.matches(".tile-open")) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });
  element.addEventListener("focusin", (event) => {
    const at = [...tiles].find(([, made]) => made.contains(event.target));
    if (at && at[0] !== current) {
      tiles.get(current)?.querySelector(".tile-open")?.setAttribute("tabindex", "-1");
      current = at[0];
      at[1].querySelector(".tile-open").tabIndex = 0;
    }
  });
  const closing = new AbortController();
  const observer = new ResizeObserver(resized);
  addEventListener("scroll", scrolled, { passive: true, signal: closing.signal });
  observer.observe(element);

  return {
    element,

    /** Shows hits; those that are there already keep their tiles. */
    show(nextHits, nextFields, nextCutoff) {
      const changed = nextFields !== fields;
      [...tiles.keys()].filter((i) => changed || hits[i]?.key !== nextHits[i]?.key || hits[i]?.score !== nextHits[i]?.score).forEach(remove);
      hits = nextHits;
      fields = nextFields;
      cutoff = nextCutoff;
      current = Math.min(current, Math.max(0, hits.length - 1));
      tiles.forEach((made, i) => dim(made, hits[i]));
      measure();
      draw();
    },

    /** Marks the hits below a score. */
    cut(nextCutoff) {
      cutoff = nextCutoff;
      tiles.forEach((made, i) => dim(made, hits[i]));
    },

    close() {
      closing.abort();
      observer.disconnect();
    },

    focus: () => hits.length > 0 && moveTo(current),
  };
}
