/** A search as text for other tools: Elasticsearch's console, curl and Python. */
import { ROOT } from "./api.js";

/** Long values, such as pictures, are cut where they are only looked at. */
const SHOWN_CHARACTERS = 120;

function shortened(value) {
  return typeof value === "string" && value.length > 2 * SHOWN_CHARACTERS
    ? `${value.slice(0, SHOWN_CHARACTERS)}… (${value.length})`
    : value;
}

function json(body, whole) {
  return JSON.stringify(body, (key, value) => (whole ? value : shortened(value)), 2);
}

const base = () => ROOT.origin + ROOT.pathname.replace(/\/$/, "");

function console_(index, body, whole) {
  return `POST ${index}/_search\n${json(body, whole)}`;
}

/** In single quotes the shell changes nothing, and a single quote ends them. */
function curl(index, body, whole) {
  const text = json(body, whole).replaceAll("'", "'\\''");
  return `curl -X POST -H 'Content-Type: application/json' '${base()}/${encodeURI(index)}/_search' -d '${text}'`;
}

/** JSON is Python but for three words; they are exchanged outside of strings. */
function python(index, body, whole) {
  const words = { true: "True", false: "False", null: "None" };
  const literal = json(body, whole).replace(
    /"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g,
    (token) => words[token] ?? token,
  );
  return [
    "from elasticsearch import Elasticsearch",
    "",
    `client = Elasticsearch(${JSON.stringify(base())})`,
    `answer = client.search(index=${JSON.stringify(index)}, body=${literal})`,
    `for hit in answer["hits"]["hits"]:`,
    `    print(hit["_score"], hit["_id"])`,
  ].join("\n");
}

export const TOOLS = { console: console_, curl, python };

/**
 * @param {string} tool one of TOOLS
 * @param {boolean} whole whether pictures are written out
 */
export function asText(tool, index, body, whole) {
  return TOOLS[tool](index, body, whole);
}
