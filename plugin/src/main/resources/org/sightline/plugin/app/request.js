/** From what is asked for to the bodies of searches. Nothing here speaks to the cluster. */

/** Elasticsearch's own bound on from + size, and on k. */
export const MOST_HITS = 10_000;

/** Few neighbours are found sooner; a deeper page asks for more of them. */
const NEIGHBOURS = [100, 1_000, MOST_HITS];

/** Words score far higher than vectors, which lie in [0, 1]. */
const WORDS_BOOST = 0.1;

function input(chip) {
  const weight = chip.weight === undefined || chip.weight === 1 ? {} : { weight: chip.weight };
  if (chip.kind === "document") {
    const routing = chip.routing ? { routing: chip.routing } : {};
    return { type: "document", index: chip.index, id: chip.id, path: chip.path, ...routing, ...weight };
  }
  return { type: chip.kind, value: chip.value, ...weight };
}

/** The chips that count, the text in the box among them. */
export function inputs(ask) {
  const text = ask.text.trim();
  return [...(text ? [{ kind: "text", value: text, weight: 1 }] : []), ...ask.chips.filter((chip) => chip.weight !== 0)];
}

/** A text alone stands for itself; everything else is an object or a list. */
export function inputOf(chips) {
  const [only] = chips;
  if (chips.length > 1 || only.weight < 0) {
    return chips.map(input);
  }
  return only.kind === "text" ? only.value : input({ ...only, weight: 1 });
}

/** The words of texts that are looked for, not of those that are avoided. */
export function words(ask) {
  return inputs(ask)
    .filter((chip) => chip.kind === "text" && chip.weight > 0)
    .map((chip) => chip.value)
    .join(" ");
}

export function filterQueries(filters) {
  return filters.map((filter) => {
    if (filter.kind === "terms") {
      return { terms: { [filter.field]: filter.values } };
    }
    if (filter.kind === "geo") {
      const { lat, lon, km } = filter;
      return { geo_distance: { distance: `${km}km`, [filter.field]: { lat, lon } } };
    }
    const limits = Object.fromEntries(["gte", "lte"].filter((key) => filter[key] ?? "").map((key) => [key, filter[key]]));
    // whatever form the mapping stores dates in
    const form = filter.kind === "date" ? { format: "yyyy-MM-dd" } : {};
    return { range: { [filter.field]: { ...limits, ...form } } };
  });
}

export function neighboursFor(hits) {
  return NEIGHBOURS.find((k) => k >= hits) ?? MOST_HITS;
}

/** The query for the nearest pictures. */
export function nearest(chips, fields, k, filters = [], options = {}) {
  return {
    image_text: {
      field: fields.vector,
      ...(fields.named ? {} : { model_id: fields.model }),
      input: inputOf(chips),
      k,
      num_candidates: Math.min(MOST_HITS, Math.ceil(1.5 * k)),
      ...(filters.length > 0 ? { filter: filters } : {}),
      ...options,
    },
  };
}

export function isHybrid(ask, fields) {
  return ask.words && words(ask) !== "" && fields.texts.length > 0;
}

/** The first stage: as a query, or as a retriever where the cluster fuses ranks itself. */
export function firstStage(ask, fields, k, fusesRanks) {
  const filters = filterQueries(ask.filters);
  const chips = inputs(ask);
  if (chips.length === 0 || fields.vector === null) {
    return { query: filters.length > 0 ? { bool: { filter: filters } } : { match_all: {} } };
  }
  const pictures = nearest(chips, fields, k, filters);
  if (!isHybrid(ask, fields)) {
    return { query: pictures };
  }
  const text = { query: words(ask), fields: fields.texts };
  const filtered = filters.length > 0 ? { filter: filters } : {};
  if (fusesRanks) {
    const both = [pictures, { bool: { must: { multi_match: text }, ...filtered } }];
    const retrievers = both.map((query) => ({ standard: { query } }));
    return { retriever: { rrf: { retrievers, rank_window_size: k } } };
  }
  const should = [pictures, { multi_match: { ...text, boost: WORDS_BOOST } }];
  return { query: { bool: { should, minimum_should_match: 1, ...filtered } } };
}

/** What a list shows: never the picture itself. */
function shown(fields) {
  const excludes = [fields.picture, fields.vector].filter(Boolean);
  return {
    _source: fields.title === null ? false : { includes: [fields.title], excludes },
    seq_no_primary_term: true,
  };
}

/** The body of a search for a page of hits. */
export function listBody(ask, fields, { from, size, fusesRanks }) {
  const k = neighboursFor(from + size);
  const first = firstStage(ask, fields, k, fusesRanks);
  const cut = ask.cutoff !== null && first.query ? { min_score: ask.cutoff } : {};
  return { from, size, ...first, ...cut, ...shown(fields), ...(ask.times && from === 0 ? { profile: true } : {}) };
}

/** What the matching model compares: a text with pictures, or a picture with texts. */
export function matched(ask, fields) {
  const chips = inputs(ask).filter((chip) => chip.weight > 0);
  const text = words(ask);
  if (text) {
    return { input: text, field: fields.picture };
  }
  const picture = chips.find((chip) => chip.kind === "image");
  return picture && fields.title ? { input: input({ ...picture, weight: 1 }), field: fields.title } : null;
}

export function canRerank(ask, fields) {
  return ask.rerankModel !== null && fields.picture !== null && fields.vector !== null && matched(ask, fields) !== null;
}

/** The body of a search whose best hits are read again. */
export function rerankBody(ask, fields, fusesRanks) {
  const window = ask.window;
  const first = firstStage(ask, fields, neighboursFor(window), fusesRanks);
  const cut = ask.cutoff !== null ? { min_score: ask.cutoff } : {};
  return {
    size: window,
    retriever: {
      image_text_match: {
        retriever: first.retriever ?? { standard: { query: first.query } },
        model_id: ask.rerankModel,
        ...matched(ask, fields),
        rank_window_size: window,
        ...cut,
        allow_rerank_failures: true,
      },
    },
    ...shown(fields),
    ...(ask.times ? { profile: true } : {}),
  };
}

/** The body that counts the hits above a score. */
export function countBody(ask, fields, cutoff) {
  const { query } = firstStage(ask, fields, MOST_HITS, false);
  return { size: 0, track_total_hits: true, min_score: cutoff, query };
}

/** What the page asks, and what "copy as query" shows. */
export function currentBody(ask, fields, fusesRanks, size = 20) {
  return ask.rerank && canRerank(ask, fields)
    ? rerankBody(ask, fields, fusesRanks)
    : listBody(ask, fields, { from: 0, size, fusesRanks });
}
