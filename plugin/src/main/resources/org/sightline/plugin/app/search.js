/** Runs searches: the newest one counts, older ones are cut off. */
import { ApiError, isAborted } from "./api.js";
import { search, toHit } from "./cluster.js";
import { canRerank, countBody, inputs, listBody, MOST_HITS, neighboursFor, rerankBody } from "./request.js";

const FIRST_PAGE = 60;
const NEXT_PAGE = 400;

export const NO_RESULTS = Object.freeze({
  status: "idle",
  hits: [],
  reached: 0,
  first: null,
  total: null,
  took: null,
  exhausted: false,
  error: null,
  warnings: [],
  profile: null,
});

/** Whether a refusal means that this cluster, or its licence, has no fusion of ranks. */
function lacksFusion(error) {
  return error instanceof ApiError && [400, 403].includes(error.status) && /rrf|Reciprocal Rank/i.test(error.message);
}

export function createSearch(store) {
  let running = new AbortController();
  let growing = false;

  function show(change) {
    store.set((now) => ({ results: Object.freeze({ ...now.results, ...change }) }));
  }

  /** Asks for fused ranks first; where the cluster has none, it is asked for the query instead. */
  async function ask(makeBody, signal) {
    const { ask: asked, fuses } = store.get();
    try {
      return await search(asked.index, makeBody(fuses), signal);
    } catch (error) {
      if (fuses && asked.words && lacksFusion(error)) {
        store.set({ fuses: false });
        return search(asked.index, makeBody(false), signal);
      }
      throw error;
    }
  }

  async function list(signal) {
    const { ask: asked, fields } = store.get();
    const body = (fusesRanks) => listBody(asked, fields, { from: 0, size: FIRST_PAGE, fusesRanks });
    const answer = await ask(body, signal);
    const hits = answer.hits.hits.map((hit) => toHit(hit, fields, inputs(asked).length > 0));
    return { hits, first: null, answer, exhausted: answer.hits.hits.length < FIRST_PAGE };
  }

  async function rerank(signal) {
    const { ask: asked, fields } = store.get();
    const size = asked.window;
    const cutless = { ...asked, cutoff: null, times: false };
    const [firstAnswer, answer] = await Promise.all([
      ask((fusesRanks) => listBody(cutless, fields, { from: 0, size, fusesRanks }), signal),
      ask((fusesRanks) => rerankBody({ ...asked, cutoff: null }, fields, fusesRanks), signal),
    ]);
    const [first, hits] = [firstAnswer, answer].map((one) => one.hits.hits.map((hit) => toHit(hit, fields)));
    return { hits, first, answer, exhausted: true };
  }

  /** Searches anew for what is asked. */
  async function run() {
    running.abort();
    running = new AbortController();
    growing = false;
    const { signal } = running;
    const { ask: asked, fields } = store.get();
    if (!asked.index || !fields) {
      show(NO_RESULTS);
      return;
    }
    show({ status: "loading", error: null });
    const begun = performance.now();
    try {
      const found = await (asked.rerank && canRerank(asked, fields) ? rerank(signal) : list(signal));
      if (signal.aborted) {
        return;
      }
      show({
        status: "done",
        hits: found.hits,
        reached: found.hits.length,
        first: found.first,
        exhausted: found.exhausted,
        total: found.answer.hits.total ?? null,
        took: found.answer.took,
        roundtrip: performance.now() - begun,
        warnings: found.answer.warnings ?? [],
        profile: found.answer.profile ?? null,
      });
    } catch (error) {
      if (!isAborted(error)) {
        show({ ...NO_RESULTS, status: "failed", error });
      }
    }
  }

  /** Gets the next hits, if there are any. */
  async function more() {
    const { ask: asked, fields, results, fuses } = store.get();
    if (growing || results.exhausted || results.status !== "done") {
      return;
    }
    growing = true;
    const { signal } = running;
    const end = Math.min(results.reached + NEXT_PAGE, MOST_HITS);
    // among more neighbours some that were missed stand further in front: look there again
    const from = neighboursFor(end) === neighboursFor(results.reached) ? results.reached : 0;
    const size = end - from;
    try {
      const answer = await search(asked.index, listBody(asked, fields, { from, size, fusesRanks: fuses }), signal);
      const known = new Set(results.hits.map((hit) => hit.key));
      const scored = inputs(asked).length > 0;
      const next = answer.hits.hits.map((hit) => toHit(hit, fields, scored)).filter((hit) => !known.has(hit.key));
      const exhausted = answer.hits.hits.length < size || end >= MOST_HITS;
      show({ hits: [...results.hits, ...next], reached: end, exhausted });
    } catch (error) {
      if (!isAborted(error)) {
        show({ exhausted: true, error });
      }
    } finally {
      growing = running.signal === signal ? false : growing;
    }
  }

  /** How many pictures are above a score. */
  async function countAbove(cutoff, signal) {
    const { ask: asked, fields } = store.get();
    return (await search(asked.index, countBody(asked, fields, cutoff), signal)).hits.total.value;
  }

  return { run, more, countAbove };
}
