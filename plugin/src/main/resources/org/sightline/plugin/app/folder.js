/**
 * Pictures on their way into an index: from files, folders and zip files to documents. The rules
 * and the fields are those of `sightline-models index`, so that either goes on where the other was.
 */
import { instant } from "./facts.js";
import { foreignOf, typeOf } from "./files.js";
import { t } from "./language.js";
import { entriesOf } from "./zip.js";

const LISTING = "gallery.jsonl";
const PICTURE = /\.(jpe?g|png|gif|bmp|webp|tiff?)$/i;

/** Longest id that Elasticsearch takes, in bytes. */
const LONGEST_ID = 512;

/** Files whose first bytes are read at the same time. */
const LOOKED_AT = 100;

/** Beside the picture, its digest and its vectors. */
const FIELDS = {
  path: { type: "keyword" },
  folder: { type: "keyword" },
  name: { type: "text", fields: { keyword: { type: "keyword", ignore_above: 256 } } },
  bytes: { type: "long" },
  modified: { type: "date" },
  width: { type: "integer" },
  height: { type: "integer" },
  taken: { type: "date" },
  camera: { type: "keyword" },
  place: { type: "geo_point" },
};

const isHidden = (path) => path.split("/").some((name) => name.startsWith("."));

function nameOf(path) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return (dot > 0 ? name.slice(0, dot) : name).replaceAll("_", " ").trim();
}

/** The path, or its SHA-256 where it is too long for an id. */
export async function idOf(path) {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length <= LONGEST_ID) {
    return path;
  }
  if (!crypto.subtle) {
    throw new Error(t("longPath", { limit: LONGEST_ID })); // pages that came without TLS have no digests
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function item(path, file) {
  return {
    path,
    name: nameOf(path),
    bytes: file.size,
    modified: file.lastModified ? instant(new Date(file.lastModified)) : undefined,
    read: async () => file,
  };
}

async function itemsOfZip(file) {
  const entries = await entriesOf(file);
  const listing = entries.find((entry) => entry.name === LISTING);
  const known = new Map();
  if (listing) {
    const lines = (await (await listing.read()).text()).split("\n").filter(Boolean);
    lines.map((line) => JSON.parse(line)).forEach((line) => known.set(line.file, line));
  }
  return entries
    .filter((entry) => PICTURE.test(entry.name) && !isHidden(entry.name))
    .map((entry) => {
      const listed = known.get(entry.name);
      const path = entry.name;
      return { path, id: listed?.id, name: listed?.name ?? nameOf(path), bytes: entry.size, read: entry.read };
    });
}

/** Paths relative to the folder that was chosen, letters composed. */
function withinFolder(files) {
  const tops = new Set(files.map(({ path }) => path.slice(0, path.indexOf("/") + 1)));
  const [top] = tops;
  const cut = tops.size === 1 ? top.length : 0;
  return files.map(({ file, path }) => ({ file, path: path.slice(cut).normalize("NFC") }));
}

/**
 * Tells pictures from other files by their first bytes; hidden files are left out.
 *
 * @param {{file: File, path: string}[]} files
 * @return {Promise<{pictures: object[], others: number, foreign: Map<string, number>}>} pictures by
 *     path; how many other files there are, and how many of formats that have a name
 */
export async function items(files) {
  const pictures = [];
  const foreign = new Map();
  let others = 0;
  const look = async ({ file, path }) => {
    if (/\.zip$/i.test(path)) {
      return itemsOfZip(file);
    }
    if ((await typeOf(file)) !== null) {
      return [item(path, file)];
    }
    const format = await foreignOf(file);
    others++;
    if (format !== null) {
      foreign.set(format, 1 + (foreign.get(format) ?? 0));
    }
    return [];
  };
  const seen = withinFolder(files).filter(({ path }) => !isHidden(path));
  for (let at = 0; at < seen.length; at += LOOKED_AT) {
    pictures.push(...(await Promise.all(seen.slice(at, at + LOOKED_AT).map(look))).flat());
  }
  pictures.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { pictures, others, foreign };
}

/** What a new index for pictures needs, as requests that can be read before they are sent. */
export function plan(index, model) {
  const properties = { ...model.suggested_mapping.properties };
  const [{ image_text_embedding: processor }] = model.suggested_pipeline.processors;
  const pictures = processor.input_output.filter((one) => one.input_type === "image");
  for (const text of processor.input_output.filter((one) => !pictures.includes(one))) {
    delete properties[text.input_field]; // names of files say too little to be embedded
    delete properties[text.output_field];
  }
  const pipeline = { processors: [{ image_text_embedding: { ...processor, input_output: pictures } }] };
  return [
    { method: "PUT", path: `/_ingest/pipeline/${encodeURIComponent(index)}`, body: pipeline },
    {
      method: "PUT",
      path: `/${encodeURIComponent(index)}`,
      body: { settings: { "index.default_pipeline": index }, mappings: { properties: { ...properties, ...FIELDS } } },
    },
  ];
}

/** The requests of a plan as Elasticsearch's console takes them. */
export function asConsole(requests) {
  return requests.map((one) => `${one.method} ${one.path.slice(1)}\n${JSON.stringify(one.body, null, 2)}`).join("\n\n");
}

/**
 * A picture as a document.
 *
 * @param {object} facts what the file says of the picture
 * @param {object} target picture, the field of the picture; title, its title field; and known, the
 *     names of the index's fields
 */
export function documentOf(one, base64, facts, target) {
  const folder = one.path.slice(0, Math.max(0, one.path.lastIndexOf("/")));
  const { path, name, bytes, modified } = one;
  const fields = { path, folder, name, bytes, modified, ...facts };
  const document = Object.fromEntries(Object.entries(fields).filter(([key, value]) => value !== undefined && target.known.has(key)));
  if (target.title) {
    document[target.title] = name;
  }
  return { ...document, [target.picture]: base64 };
}
