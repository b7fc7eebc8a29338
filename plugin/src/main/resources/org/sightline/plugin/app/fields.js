/** What the fields of an index are good for, found from their types, names and meta. */

const MODEL = "sightline.model_id";
const TITLE_NAMES = ["title", "name", "caption", "description", "alt", "label", "filename", "file", "path"];
const NUMBERS = ["long", "integer", "short", "byte", "double", "float", "half_float", "scaled_float", "unsigned_long"];

const FILTERS = Object.fromEntries([
  ...["keyword", "constant_keyword", "boolean"].map((type) => [type, "terms"]),
  ...["date", "date_nanos"].map((type) => [type, "date"]),
  ...NUMBERS.map((type) => [type, "number"]),
  ["geo_point", "geo"],
]);

/** The field that a vector was made from, by the names that models suggest. */
function sourceOf(vector) {
  return vector.replace(/\.vector$/, "").replace(/_(vector|embedding)s?$/, "");
}

function byPreference(names) {
  const place = (name) => {
    const at = TITLE_NAMES.indexOf(name.split(".").at(-1).toLowerCase());
    return at < 0 ? TITLE_NAMES.length : at;
  };
  return [...names].sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}

/**
 * @param {object} capabilities the answer of _field_caps
 * @return {object} pictures and titles by name, the likeliest first; vectors with the model that
 *     the mapping names, and whether they lie in nested objects; texts; filters with their kind
 */
export function describe(capabilities) {
  const all = Object.entries(capabilities.fields)
    .map(([name, types]) => ({ name, ...Object.values(types)[0] }))
    .filter((field) => !field.metadata_field);
  const nested = all.filter((field) => field.type === "nested").map((field) => field.name + ".");
  const isNested = (name) => nested.some((path) => name.startsWith(path));
  const plain = all.filter((field) => !isNested(field.name));
  const named = (...types) => plain.filter((field) => types.includes(field.type)).map((field) => field.name);

  const keywords = named("keyword");
  const digests = keywords.filter((name) => name.endsWith("_digest"));
  const texts = named("text", "match_only_text").filter((name) => !name.endsWith(".text"));
  const sources = digests.map((name) => name.replace(/_digest$/, ""));
  const mapped = new Set(all.map((field) => field.name));
  const pictures = [...new Set([...sources.filter((name) => !mapped.has(name)), ...named("binary")])].sort(
    (a, b) => sources.includes(b) - sources.includes(a),
  );
  const vectors = all
    .filter((field) => field.type === "dense_vector")
    .map((field) => ({ name: field.name, model: field.meta?.[MODEL]?.[0] ?? null, of: sourceOf(field.name), nested: isNested(field.name) }))
    .sort((a, b) => pictures.includes(b.of) - pictures.includes(a.of) || texts.includes(a.of) - texts.includes(b.of));
  const others = keywords.filter((name) => !digests.includes(name) && !name.includes("."));
  return {
    pictures,
    vectors,
    texts,
    titles: [...byPreference(texts), ...byPreference(others)],
    digests,
    filters: plain
      .filter((field) => FILTERS[field.type] && field.searchable && !digests.includes(field.name))
      .map((field) => ({ name: field.name, kind: FILTERS[field.type], aggregatable: field.aggregatable }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

/** The fields that are taken where nobody chose: the likeliest, and the picture of the vector. */
export function chosen(description, ask) {
  const vector = description.vectors.find((field) => field.name === ask.vector) ?? description.vectors[0] ?? null;
  const own = description.pictures.includes(vector?.of) ? vector.of : description.pictures[0];
  return {
    vector: vector?.name ?? null,
    comparable: vector !== null && !vector.nested, // a document may be an input of a search
    model: ask.model ?? vector?.model ?? null,
    named: (ask.model ?? null) === null || ask.model === vector?.model,
    picture: description.pictures.includes(ask.picture) ? ask.picture : (own ?? null),
    title: description.titles.includes(ask.title) ? ask.title : (description.titles[0] ?? null),
    texts: description.texts,
  };
}

/** What the index lacks, as keys of texts; empty where everything works. */
export function missing(fields) {
  return [
    fields.vector === null && "lacksVector",
    fields.vector !== null && fields.model === null && "lacksModel",
    fields.picture === null && "lacksPicture",
    fields.title === null && "lacksTitle",
  ].filter(Boolean);
}
