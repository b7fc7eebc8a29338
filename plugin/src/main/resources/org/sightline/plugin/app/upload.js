/** Sends pictures in bulks that the node takes, goes on where it was stopped, and keeps account. */
import { ApiError, path, send } from "./api.js";
import { factsOf } from "./facts.js";
import { shrunk, toBase64, typeOf } from "./files.js";
import { documentOf, idOf } from "./folder.js";
import { t } from "./language.js";

/** A bulk is under way while the next one is made. */
const AT_ONCE = 2;
const MOST_PICTURES = 32;
const BULK_BYTES = 6_000_000;

/** What JSON and headers take beside the pictures. */
const SHARE_OF_LIMIT = 0.9;

const FIRST_PAUSE_MILLIS = 250;
const LONGEST_PAUSE_MILLIS = 8_000;

/** The largest request that the node takes; a usual one where this user may not ask. */
export async function largestRequest() {
  try {
    const answer = await send("GET", "/_nodes/_local/http");
    return Object.values(answer.nodes)[0].http.max_content_length_in_bytes;
  } catch {
    return 100_000_000;
  }
}

/**
 * @param {object} order items, index, target (see documentOf), side (longest side, or null for
 *     pictures as they are), limit (the largest request)
 * @param {function(object)} tell gets the account whenever it has changed
 */
export function createUpload({ items, index, target, side, limit }, tell) {
  const most = Math.min(BULK_BYTES, SHARE_OF_LIMIT * limit);
  const waiting = [...items];
  const account = { total: items.length, sent: 0, skipped: 0, bytes: 0, failures: [], seconds: 0, running: false, stopping: false, done: false };
  let begun = 0;
  let pause = 0;

  const report = () => tell({ ...account, failures: [...account.failures], seconds: account.seconds + (begun ? (performance.now() - begun) / 1000 : 0) });
  const fail = (item, reason) => account.failures.push({ path: item.path, reason });

  /** Gives each picture its id; one that cannot have any fails. */
  async function identified(batch) {
    for (const item of batch) {
      try {
        item.id ??= await idOf(item.path);
      } catch (error) {
        fail(item, error.message);
      }
    }
    return batch.filter((item) => item.id !== undefined);
  }

  /** Leaves out what the index has already. */
  async function unsent(batch) {
    if (batch.length === 0) {
      return batch;
    }
    let found;
    try {
      const parameters = { _source_includes: "bytes,modified" };
      found = (await send("POST", path`/${index}/_mget`, { parameters, body: { ids: batch.map((item) => item.id) } })).docs;
    } catch {
      return batch; // who may only write cannot ask, and sends everything
    }
    const old = (item, doc) =>
      doc.found && (doc._source?.bytes ?? item.bytes) === item.bytes && (doc._source?.modified ?? item.modified) === item.modified;
    const left = batch.filter((item, i) => !old(item, found[i]));
    account.skipped += batch.length - left.length;
    return left;
  }

  async function line(item) {
    const blob = await item.read();
    const type = await typeOf(blob);
    if (type === null) {
      throw new Error(t("notReadable"));
    }
    const facts = factsOf(await blob.arrayBuffer(), type);
    let picture = blob;
    if (side !== null) {
      // what this browser cannot read may be read by the node
      picture = (await shrunk(blob, side).catch(() => null)) ?? blob;
    }
    const document = documentOf(item, await toBase64(picture), facts, target);
    return `${JSON.stringify({ index: { _id: item.id } })}\n${JSON.stringify(document)}\n`;
  }

  async function sendLines(entries) {
    const answer = await send("POST", path`/${index}/_bulk`, { body: entries.map((entry) => entry.line).join("") });
    let busy = 0;
    answer.items.forEach((result, i) => {
      const { status, error } = result.index;
      if (status === 429) {
        waiting.push(entries[i].item);
        busy++;
      } else if (error) {
        fail(entries[i].item, [error.reason, error.caused_by?.reason].filter(Boolean).join(" – "));
      } else {
        account.sent++;
        account.bytes += entries[i].line.length;
      }
    });
    await rest(busy > 0);
  }

  /** Waits longer each time that the node is busy. */
  async function rest(busy) {
    pause = busy ? Math.min(LONGEST_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, 2 * pause)) : 0;
    if (busy) {
      await new Promise((done) => setTimeout(done, pause));
    }
  }

  async function deliver(entries) {
    if (entries.length === 0) {
      return;
    }
    try {
      await sendLines(entries);
    } catch (error) {
      if (error instanceof ApiError && error.status === 429) {
        waiting.push(...entries.map((entry) => entry.item));
        await rest(true);
      } else if (error instanceof ApiError && error.status === 413 && entries.length > 1) {
        const half = Math.ceil(entries.length / 2);
        await deliver(entries.slice(0, half));
        await deliver(entries.slice(half));
      } else if (error.status === 0) {
        waiting.unshift(...entries.map((entry) => entry.item));
        account.stopping = true; // nobody answers: whoever sits there goes on later
        account.error = error.message;
      } else {
        entries.forEach((entry) => fail(entry.item, error.message));
      }
    }
    report();
  }

  async function work() {
    while (!account.stopping && waiting.length > 0) {
      let entries = [];
      let bytes = 0;
      for (const item of await unsent(await identified(waiting.splice(0, MOST_PICTURES)))) {
        const made = await line(item).catch((error) => {
          fail(item, error.message);
          return null;
        });
        if (made === null) {
          continue;
        }
        if (made.length > SHARE_OF_LIMIT * limit) {
          fail(item, t("tooLarge", { limit }));
          continue;
        }
        if (bytes + made.length > most) {
          await deliver(entries);
          entries = [];
          bytes = 0;
        }
        entries.push({ item, line: made });
        bytes += made.length;
      }
      await deliver(entries);
      report();
    }
  }

  return {
    /** Sends what is left; ends when all is sent, or when it was stopped. */
    async start() {
      account.running = true;
      account.stopping = false;
      delete account.error;
      begun = performance.now();
      report();
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      account.seconds += (performance.now() - begun) / 1000;
      begun = 0;
      account.running = false;
      account.done = waiting.length === 0;
      await send("POST", path`/${index}/_refresh`).catch(() => {}); // not everybody may
      report();
    },

    /** What is under way is still sent. */
    stop() {
      account.stopping = true;
      report();
    },

    running: () => account.running,
  };
}
