/** The requests that the page sends, by what they are for. */
import { ApiError, path, send } from "./api.js";

const LISTED = 200;
const LISTED_VALUES = 50;

/**
 * The indices that this user may see, those with vectors first.
 *
 * @return {Promise<{name: string, vectors: boolean}[]>}
 */
export async function indices() {
  const found = await send("GET", "/_resolve/index/*", { parameters: { expand_wildcards: "open" } });
  const names = [...found.indices, ...found.aliases, ...found.data_streams]
    .map((index) => index.name)
    .filter((name) => !name.startsWith("."))
    .slice(0, LISTED);
  if (names.length === 0) {
    return [];
  }
  const parameters = { fields: "*", types: "dense_vector", include_unmapped: true };
  const capabilities = await send("GET", "/_field_caps", { parameters });
  const withVectors = new Set();
  for (const types of Object.values(capabilities.fields)) {
    (types.dense_vector?.indices ?? (types.dense_vector ? capabilities.indices : [])).forEach((name) =>
      withVectors.add(name),
    );
  }
  const aliased = new Map(found.aliases.map((alias) => [alias.name, alias.indices]));
  const has = (name) => withVectors.has(name) || (aliased.get(name) ?? []).some((index) => withVectors.has(index));
  return names
    .map((name) => ({ name, vectors: has(name) }))
    .sort((a, b) => b.vectors - a.vectors || a.name.localeCompare(b.name));
}

export function fieldCapabilities(index) {
  return send("GET", path`/${index}/_field_caps`, { parameters: { fields: "*", filters: "-metadata" } });
}

/**
 * Models of the cluster; refused where the user may not list them. Those that only embed come
 * first: they are quicker at that than those which match as well.
 */
export async function models() {
  const { models: all } = await send("GET", "/_sightline/models");
  const matches = (model) => Boolean(model.roles?.includes("matching"));
  return all.sort((a, b) => matches(a) - matches(b) || a.model_id.localeCompare(b.model_id));
}

export const model = (id) => send("GET", path`/_sightline/models/${id}`);
export const stats = (signal) => send("GET", "/_sightline/stats", { signal });
export const health = () => send("GET", "/_health_report/sightline");
export const changeModel = (id, verb) => send("POST", path`/_sightline/models/${id}/` + verb);

export function search(index, body, signal) {
  return send("POST", path`/${index}/_search`, { body, signal });
}

/**
 * A hit as the page keeps it.
 *
 * @param {boolean} [scored] whether its score means something
 */
export function toHit(raw, fields, scored = true) {
  const title = fields.title === null ? null : valueAt(raw._source, fields.title);
  return Object.freeze({
    key: `${raw._index}/${raw._id}`,
    index: raw._index,
    id: raw._id,
    routing: raw._routing,
    version: raw._seq_no === undefined ? undefined : `${raw._primary_term}.${raw._seq_no}`,
    score: scored ? raw._score : null,
    title: title === null || title === undefined ? raw._id : [title].flat().join(", "),
  });
}

/** The value at a dotted path, whether the document has it as objects or as one key. */
export function valueAt(source, name) {
  if (source === null || source === undefined || name in Object(source)) {
    return source?.[name];
  }
  const parts = name.split(".");
  for (let i = parts.length - 1; i > 0; i--) {
    const head = parts.slice(0, i).join(".");
    if (head in Object(source)) {
      const inner = source[head];
      const tail = parts.slice(i).join(".");
      return Array.isArray(inner) ? inner.map((value) => valueAt(value, tail)).flat() : valueAt(inner, tail);
    }
  }
  return undefined;
}

/** A document without its pictures and vectors. */
export async function document_(hit, excludes) {
  const parameters = { routing: hit.routing, _source_excludes: excludes.join(",") };
  return (await send("GET", path`/${hit.index}/_doc/${hit.id}`, { parameters }))._source ?? {};
}

/** The pictures of a document as they are stored: base64 or data URIs. */
export async function pictures(hit, field, signal) {
  const parameters = { routing: hit.routing, _source_includes: field };
  const answer = await send("GET", path`/${hit.index}/_doc/${hit.id}`, { parameters, signal });
  return [valueAt(answer._source ?? {}, field) ?? []].flat().filter((value) => typeof value === "string");
}

function call(modelId, what, body) {
  return send("POST", path`/_sightline/models/${modelId}/` + what, { body });
}

const picture = (value) => ({ type: "image", value });

export async function caption(modelId, value, count) {
  const answer = await call(modelId, "_caption", { input: picture(value), num_captions: count, num_beams: Math.max(count, 3) });
  return answer.captions[0];
}

export async function classify(modelId, value, labels) {
  const answer = await call(modelId, "_classify", { input: picture(value), labels });
  return answer.classifications[0];
}

/** A regular expression of Lucene's for values that contain a text, whatever its case. */
function containing(text) {
  const either = (letter) => {
    const [low, high] = [letter.toLowerCase(), letter.toUpperCase()];
    const cased = low !== high && low.length === 1 && high.length === 1;
    return cased ? `[${low}${high}]` : letter.replace(/[^\p{L}\p{N}]/u, "\\$&");
  };
  return `.*${[...text].map(either).join("")}.*`;
}

/**
 * The values of a field and how often they occur, the most frequent first.
 *
 * @param {string} text that the values contain; empty for all
 * @return {Promise<{values: {value: *, count: number}[], more: boolean}>} more: whether there are
 *     others
 */
export async function values(index, field, text = "", signal = undefined) {
  const terms = { field, size: LISTED_VALUES, ...(text ? { include: containing(text) } : {}) };
  const body = { size: 0, track_total_hits: false, aggs: { values: { terms } } };
  const { buckets, sum_other_doc_count: others } = (await search(index, body, signal)).aggregations.values;
  return {
    values: buckets.map((bucket) => ({ value: bucket.key_as_string ?? bucket.key, count: bucket.doc_count })),
    more: others > 0,
  };
}

/** How many documents the user may see in an index; null where that is refused. */
export async function count(index) {
  try {
    return (await send("GET", path`/${index}/_count`)).count;
  } catch (error) {
    if (error instanceof ApiError) {
      return null;
    }
    throw error;
  }
}
