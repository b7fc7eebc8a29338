/**
 * Pictures on their way into an index: from files, folders and zip files to documents.
 *
 * The rules: the id is the path; the title is the file's name in words, or what gallery.jsonl in a
 * zip says; a document with the same id, bytes and date of change is not sent again.
 */
import { entriesOf } from "./zip.js";

const LISTING = "gallery.jsonl";
const PICTURE = /\.(jpe?g|png|gif|bmp|webp|tiff?)$/i;

/** Longest id that Elasticsearch takes, in bytes. */
const LONGEST_ID = 512;

function titleOf(path) {
  const name = path.split("/").at(-1).replace(/\.[^.]*$/, "");
  return name.replace(/[_\s]+/g, " ").trim() || path;
}

/** The end of a path that is too long, which tells files apart best. */
export function idOf(path) {
  let id = path;
  while (new TextEncoder().encode(id).length > LONGEST_ID) {
    id = id.slice(8);
  }
  return id;
}

function item(path, file) {
  return {
    path,
    id: idOf(path),
    title: titleOf(path),
    bytes: file.size,
    modified: file.lastModified ? new Date(file.lastModified).toISOString() : undefined,
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
    .filter((entry) => PICTURE.test(entry.name))
    .map((entry) => {
      const listed = known.get(entry.name);
      const path = entry.name;
      return {
        path,
        id: listed?.id ?? idOf(path),
        title: listed?.name ?? titleOf(path),
        bytes: entry.size,
        read: entry.read,
      };
    });
}

/**
 * @param {{file: File, path: string}[]} files
 * @return {Promise<object[]>} what may be a picture, by path
 */
export async function items(files) {
  const found = [];
  for (const { file, path } of files) {
    if (/\.zip$/i.test(path)) {
      found.push(...(await itemsOfZip(file)));
    } else if (PICTURE.test(path) || file.type.startsWith("image/")) {
      found.push(item(path, file));
    }
  }
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

/** What a new index for pictures needs, as requests that can be read before they are sent. */
export function plan(index, model) {
  const { properties } = model.suggested_mapping;
  const [{ image_text_embedding: processor }] = model.suggested_pipeline.processors;
  const pictures = processor.input_output.filter((one) => one.input_type === "image");
  const pipeline = { processors: [{ image_text_embedding: { ...processor, input_output: pictures } }] };
  const made = pictures.map((one) => one.output_field);
  const kept = ["photo", "photo_digest", ...made];
  const mapping = {
    title: { type: "text" },
    path: { type: "keyword" },
    bytes: { type: "long" },
    modified: { type: "date" },
    ...Object.fromEntries(kept.map((name) => [name, properties[name]])),
  };
  return [
    { method: "PUT", path: `/_ingest/pipeline/${encodeURIComponent(index)}`, body: pipeline },
    {
      method: "PUT",
      path: `/${encodeURIComponent(index)}`,
      body: { settings: { "index.default_pipeline": index }, mappings: { properties: mapping } },
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
 * @param {object} target picture, the field of the picture; title, its title field; and known, the
 *     names of the index's fields
 */
export function documentOf(one, base64, target) {
  const more = { path: one.path, bytes: one.bytes, modified: one.modified };
  const document = Object.fromEntries(Object.entries(more).filter(([name, value]) => value !== undefined && target.known.has(name)));
  if (target.title) {
    document[target.title] = one.title;
  }
  return { ...document, [target.picture]: base64 };
}
