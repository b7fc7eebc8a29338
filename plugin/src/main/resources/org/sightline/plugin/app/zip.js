/** Reads zip files, such as the demo's gallery, without unpacking more than is asked for. */

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 65_535;
const STORED = 0;
const DEFLATED = 8;
const IN_UTF8 = 0x800;

async function viewOf(blob) {
  return new DataView(await blob.arrayBuffer());
}

async function directory(file) {
  const tail = await viewOf(file.slice(Math.max(0, file.size - END_BYTES - LONGEST_COMMENT)));
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) === END) {
      return { count: tail.getUint16(at + 10, true), size: tail.getUint32(at + 12, true), start: tail.getUint32(at + 16, true) };
    }
  }
  throw new Error("no zip file");
}

async function content(file, entry) {
  const local = await viewOf(file.slice(entry.start, entry.start + LOCAL_BYTES));
  const begin = entry.start + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  const packed = file.slice(begin, begin + entry.packed);
  if (entry.method === STORED) {
    return packed;
  }
  if (entry.method !== DEFLATED) {
    throw new Error(`${entry.name}: method ${entry.method}`);
  }
  return new Response(packed.stream().pipeThrough(new DecompressionStream("deflate-raw"))).blob();
}

/** @return {Promise<{name: string, size: number, read: function(): Promise<Blob>}[]>} */
export async function entriesOf(file) {
  const { count, size, start } = await directory(file);
  const view = await viewOf(file.slice(start, start + size));
  const entries = [];
  for (let at = 0, i = 0; i < count && at + ENTRY_BYTES <= view.byteLength; i++) {
    if (view.getUint32(at, true) !== ENTRY) {
      throw new Error("no zip file");
    }
    const length = view.getUint16(at + 28, true);
    const bytes = new Uint8Array(view.buffer, at + ENTRY_BYTES, length);
    const encoding = view.getUint16(at + 8, true) & IN_UTF8 ? "utf-8" : "latin1";
    const entry = {
      name: new TextDecoder(encoding).decode(bytes),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      start: view.getUint32(at + 42, true),
    };
    entries.push({ name: entry.name, size: entry.size, read: () => content(file, entry) });
    at += ENTRY_BYTES + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries.filter((entry) => !entry.name.endsWith("/"));
}
