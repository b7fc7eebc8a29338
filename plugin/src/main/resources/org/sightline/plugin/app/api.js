/** Requests to the cluster that served this page, with the rights of whoever opened it. */

import { t } from "./language.js";

/** Root of the cluster's REST interface: the page lies two levels below it. */
export const ROOT = new URL("../../", document.baseURI);

/** What the cluster answered instead of a result. */
export class ApiError extends Error {
  constructor(status, reason, type) {
    super(reason);
    this.status = status;
    this.type = type;
  }
}

/** Whether somebody asked for something else in the meantime. */
export const isAborted = (error) => error.name === "AbortError";

/** A path with its parts escaped: path`/${index}/_doc/${id}`. */
export function path(texts, ...parts) {
  return texts.reduce((all, text, i) => all + encodeURIComponent(parts[i - 1]) + text);
}

function address(where, parameters) {
  const url = new URL(where.replace(/^\//, ""), ROOT);
  Object.entries(parameters ?? {}).forEach(([key, value]) => {
    if (value !== undefined && value !== null) {
      url.searchParams.set(key, value);
    }
  });
  return url;
}

function reasonOf(status, answer) {
  const error = answer?.error;
  if (typeof error === "string") {
    return error;
  }
  const causes = [];
  for (let cause = error; cause && causes.length < 4; cause = cause.caused_by ?? cause.failed_shards?.[0]?.reason) {
    if (cause.reason && !causes.includes(cause.reason) && cause.reason !== "all shards failed") {
      causes.push(typeof cause.reason === "string" ? cause.reason : cause.reason.reason);
    }
  }
  return causes.join(" – ") || `HTTP ${status}`;
}

/** Messages of the headers "Warning". */
function warningsOf(response) {
  const header = response.headers.get("Warning") ?? "";
  return [...header.matchAll(/299 [^"]*"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1].replace(/\\(.)/g, "$1"));
}

/**
 * Sends a request.
 *
 * @param {string} method
 * @param {string} where path below the root
 * @param {object} [options] body (an object, or text that is sent as lines of JSON), parameters,
 *     signal
 * @return {Promise<object>} the answer; its warnings, if any, are under the key "warnings"
 * @throws {ApiError} where the cluster refuses, or does not answer (status 0)
 */
export async function send(method, where, { body, parameters, signal } = {}) {
  const lines = typeof body === "string";
  let response;
  try {
    response = await fetch(address(where, parameters), {
      method,
      signal,
      headers: body === undefined ? {} : { "Content-Type": lines ? "application/x-ndjson" : "application/json" },
      body: body === undefined ? undefined : lines ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (isAborted(error)) {
      throw error;
    }
    throw new ApiError(0, t("unreachable", { host: ROOT.host, why: error.message }), "unreachable");
  }
  const answer = await response.json().catch((error) => {
    if (isAborted(error)) {
      throw error;
    }
    return null; // no JSON: the status says enough
  });
  if (!response.ok) {
    throw new ApiError(response.status, reasonOf(response.status, answer), answer?.error?.type);
  }
  const warnings = warningsOf(response);
  return warnings.length > 0 ? { ...answer, warnings } : answer;
}

/** Where a thumbnail lies; an address that changes with the document may be kept by the browser. */
export function thumbnailUrl(hit, field, size, offset = 0) {
  return address(path`/_sightline/thumbnail/${hit.index}/${hit.id}`, {
    field,
    size,
    offset: offset || undefined,
    routing: hit.routing,
    version: hit.version,
  }).href;
}
