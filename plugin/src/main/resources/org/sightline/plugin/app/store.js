/** The one place where the page keeps what it knows. Values are exchanged, never changed. */

/** Equal, or lists of equal entries. */
function same(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
  }
  return Object.is(a, b);
}

export function createStore(initial) {
  let state = Object.freeze({ ...initial });
  const watchers = new Set();

  return {
    get: () => state,

    /** @param {object|function(object): object} change what becomes different */
    set(change) {
      const next = typeof change === "function" ? change(state) : change;
      state = Object.freeze({ ...state, ...next });
      [...watchers].forEach((watcher) => watcher());
    },

    /** Changes a part of what is asked for. */
    ask(change) {
      this.set((now) => ({
        ask: Object.freeze({
          ...now.ask,
          ...(typeof change === "function" ? change(now.ask) : change),
        }),
      }));
    },

    /**
     * Acts now, and whenever what is selected has changed.
     *
     * @param {function(object): *} selected a value or a list of values
     * @param {AbortSignal} [until] when to stop
     */
    watch(selected, act, until) {
      let last = selected(state);
      const watcher = () => {
        const next = selected(state);
        if (!same(last, next)) {
          last = next;
          act(next);
        }
      };
      watchers.add(watcher);
      until?.addEventListener("abort", () => watchers.delete(watcher));
      act(last);
    },
  };
}

/** What is asked for before anybody has asked. */
export const NOTHING_ASKED = Object.freeze({
  index: null,
  text: "",
  chips: [],
  filters: [],
  words: false,
  rerank: false,
  rerankModel: null,
  window: 50,
  cutoff: null,
  times: false,
  picture: null,
  vector: null,
  title: null,
  model: null,
  open: null,
});
