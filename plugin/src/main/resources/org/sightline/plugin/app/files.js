/** Pictures that people bring: chosen, dropped, pasted or photographed. */

/** Longest side of a picture that is searched with: models see no more, and links carry it. */
const SEARCH_SIDE = 384;

/** A small picture is sent as it is, so that an equal one is found as equal. */
const SMALL_BYTES = 48_000;

/** Largest picture that is sent though this browser cannot read it. */
const UNREAD_BYTES = 5_000_000;

const QUALITY = 0.85;

export function toBase64(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** The media type by the first bytes, whatever the file's name says; null for other files. */
export async function typeOf(blob) {
  const head = new Uint8Array(await blob.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...head);
  const types = [
    [/^\xff\xd8\xff/, "image/jpeg"],
    [/^\x89PNG/, "image/png"],
    [/^GIF8/, "image/gif"],
    [/^RIFF[^]{4}WEBP/, "image/webp"],
    [/^BM/, "image/bmp"],
    [/^(II[*+]\x00|MM\x00[*+])/, "image/tiff"],
  ];
  return types.find(([start]) => start.test(text))?.[1] ?? null;
}

/** The name of a format of pictures that nodes do not read; null for everything else. */
export async function foreignOf(blob) {
  const head = String.fromCharCode(...new Uint8Array(await blob.slice(0, 12).arrayBuffer()));
  const formats = [
    [/^[^]{4}ftypavi/, "AVIF"],
    [/^[^]{4}ftyp(hei|hev|mif1|msf1)/, "HEIC"],
    [/^(\x00\x00\x00\fJXL |\xff\n)/, "JPEG XL"],
    [/^8BPS/, "PSD"],
    [/^%PDF-/, "PDF"],
  ];
  return formats.find(([start]) => start.test(head))?.[1] ?? null;
}

/**
 * Makes a picture smaller, upright and a JPEG on white.
 *
 * @param {number} side longest side of the result
 * @return {Promise<Blob|null>} null where the picture is that small already
 * @throws where this browser cannot read it
 */
export async function shrunk(blob, side) {
  const image = await createImageBitmap(blob);
  try {
    const scale = side / Math.max(image.width, image.height);
    if (scale >= 1) {
      return null;
    }
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  } finally {
    image.close();
  }
}

/**
 * A picture as an input of a search.
 *
 * @return {Promise<string|null>} a data URI; null where it is no picture
 */
export async function searchable(blob) {
  const type = await typeOf(blob);
  if (type === null) {
    return null;
  }
  let small = null;
  try {
    small = await shrunk(blob, SEARCH_SIDE);
    if (small === null && blob.size > SMALL_BYTES) {
      small = await shrunk(blob, SEARCH_SIDE * 0.75);
    }
  } catch {
    if (blob.size > UNREAD_BYTES) {
      return null;
    }
  }
  return small ? `data:image/jpeg;base64,${await toBase64(small)}` : `data:${type};base64,${await toBase64(blob)}`;
}

/** The files of a paste or a drop that may be pictures. */
export function filesOf(transfer) {
  return [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/") || file.type === "");
}

/** The files of what was dropped, folders opened, with their paths. */
export async function filesBelow(items) {
  const found = [];
  async function visit(entry, folder) {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed));
      found.push({ file, path: folder + entry.name });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const entries = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (entries.length === 0) {
        return;
      }
      for (const inner of entries) {
        await visit(inner, `${folder}${entry.name}/`);
      }
    }
  }
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  for (const entry of entries) {
    await visit(entry, "");
  }
  return found;
}
