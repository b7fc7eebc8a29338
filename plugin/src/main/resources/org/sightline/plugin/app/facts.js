/**
 * What the file of a picture says: its size in pixels, upright, and from EXIF when, with what and
 * where it was taken. What a file lacks or says wrongly is left out, as `sightline-models index`
 * leaves it out.
 */

/** Photography began in 1826; a camera whose clock was not set says 0000 or 1904. */
const FIRST_YEAR = 1826;
const LAST_YEAR = 2200;

/** Orientations of EXIF from this one on exchange width and height. */
const FIRST_TURNED = 5;

/** The bit of a WebP's header that announces EXIF. */
const WEBP_EXIF = 0x08;

/** So far into a file XMP is looked for. */
const XMP_BYTES = 200_000;

const TAG = {
  width: 0x100,
  height: 0x101,
  make: 0x10f,
  model: 0x110,
  orientation: 0x112,
  exif: 0x8769,
  gps: 0x8825,
};
/** Date, its time zone and its fractions of a second: of the photograph, or else of the scan. */
const DATES = [
  [0x9003, 0x9011, 0x9291],
  [0x9004, 0x9012, 0x9292],
];
const GPS = { latitudeSign: 1, latitude: 2, longitudeSign: 3, longitude: 4 };
const WANTED = new Set([...Object.values(TAG), ...DATES.flat(), ...Object.values(GPS)]);

const ASCII = 2;
const RATIONAL = 5;
/** Types of EXIF: bytes of a value, and how it is read. */
const TYPES = {
  3: [2, (view, at, little) => view.getUint16(at, little)],
  4: [4, (view, at, little) => view.getUint32(at, little)],
  [RATIONAL]: [8, rational],
};

function rational(view, at, little) {
  const numerator = view.getUint32(at, little);
  return numerator === 0 ? 0 : numerator / view.getUint32(at + 4, little);
}

function text(view, at, length) {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length));
}

function part(view, at, length) {
  return new DataView(view.buffer, view.byteOffset + at, length);
}

const isFrame = (marker) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function ofJpeg(view) {
  const found = {};
  for (let at = 2; at + 9 <= view.byteLength && view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // a byte that fills
      continue;
    }
    if (isFrame(marker)) {
      return { ...found, height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    const length = view.getUint16(at + 2);
    if (marker === 0xe1 && !found.exif && text(view, at + 4, 6) === "Exif\0\0") {
      found.exif = part(view, at + 10, length - 8);
    }
    at += 2 + length;
  }
  return found;
}

/** The first chunk of that name. "read" gives name, begin and length of the chunk at a place, and where the next one is. */
function chunk(view, from, wanted, read) {
  for (let at = from; at + 8 <= view.byteLength; ) {
    const { name, begin, length, next } = read(at);
    if (name === wanted) {
      return part(view, begin, length);
    }
    at = next;
  }
  return undefined;
}

function ofPng(view) {
  const exif = chunk(view, 8, "eXIf", (at) => {
    const length = view.getUint32(at);
    return { name: text(view, at + 4, 4), begin: at + 8, length, next: at + 8 + length + 4 }; // a check sum
  });
  return { width: view.getUint32(16), height: view.getUint32(20), exif };
}

function webpSize(view) {
  const three = (at) => 1 + view.getUint16(at, true) + 65_536 * view.getUint8(at + 2);
  switch (text(view, 12, 4)) {
    case "VP8X":
      return { width: three(24), height: three(27) };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
    }
    default:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
}

function ofWebp(view) {
  const announced = text(view, 12, 4) === "VP8X" && (view.getUint8(20) & WEBP_EXIF) !== 0;
  const exif = announced && chunk(view, 12, "EXIF", (at) => {
    const length = view.getUint32(at + 4, true);
    return { name: text(view, at, 4), begin: at + 8, length, next: at + 8 + length + (length % 2) };
  });
  const prefixed = exif && text(exif, 0, 6) === "Exif\0\0";
  return { ...webpSize(view), exif: prefixed ? part(exif, 6, exif.byteLength - 6) : exif };
}

function ofBmp(view) {
  return view.getUint32(14, true) === 12
    ? { width: view.getUint16(18, true), height: view.getUint16(20, true) }
    : { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
}

const READERS = {
  "image/jpeg": ofJpeg,
  "image/png": ofPng,
  "image/webp": ofWebp,
  "image/gif": (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  "image/bmp": ofBmp,
  "image/tiff": (view) => ({ exif: view }),
};

/** The entries of a directory that anybody wants: texts, or lists of numbers, by their tags. */
function directory(view, little, begin) {
  const entries = new Map();
  const count = begin === undefined ? 0 : view.getUint16(begin, little);
  for (let i = 0; i < count; i++) {
    const at = begin + 2 + 12 * i;
    const [tag, type] = [view.getUint16(at, little), view.getUint16(at + 2, little)];
    const values = view.getUint32(at + 4, little);
    const [bytes, read] = type === ASCII ? [1] : (TYPES[type] ?? [0]);
    const place = values * bytes <= 4 ? at + 8 : view.getUint32(at + 8, little);
    if (!WANTED.has(tag) || bytes === 0 || place + values * bytes > view.byteLength) {
      continue;
    }
    entries.set(
      tag,
      type === ASCII
        ? text(view, place, values).replace(/\0[^]*$/, "")
        : Array.from({ length: values }, (_, n) => read(view, place + n * bytes, little)),
    );
  }
  return entries;
}

function taken(entries) {
  for (const [date, zone, fraction] of DATES) {
    const parts = /^(\d{4})[:.-](\d\d)[:.-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?/.exec(entries.get(date) ?? "");
    if (parts) {
      const [year, month, day, hour, minute, second = 0] = parts.slice(1).map((one) => Number(one ?? 0));
      const thousandths = Math.trunc(1000 * Number(`0.${/^\d+/.exec(entries.get(fraction) ?? "") ?? 0}`));
      const offset = /^([+-])(\d\d):(\d\d)$/.exec(entries.get(zone) ?? "");
      const minutes = offset ? Number(offset[1] + 1) * (60 * Number(offset[2]) + Number(offset[3])) : 0;
      const time = new Date(Date.UTC(year, month - 1, day, hour, minute - minutes, second, thousandths));
      if (year >= 100 && time.getUTCFullYear() >= FIRST_YEAR && time.getUTCFullYear() <= LAST_YEAR) {
        return instant(time);
      }
    }
  }
  return undefined;
}

/** Make and model; many models begin with the make. */
function camera(entries) {
  const [make, model] = [TAG.make, TAG.model].map((tag) => String(entries.get(tag) ?? "").trim());
  return (model.startsWith(make) ? model : `${make} ${model}`).trim() || undefined;
}

function degrees(parts, sign, negative) {
  const [whole, minutes, seconds] = parts ?? [];
  return sign === undefined ? NaN : (sign === negative ? -1 : 1) * (whole + minutes / 60 + seconds / 3600);
}

/** Cameras without a fix write zeros. */
function place(entries) {
  const lat = degrees(entries.get(GPS.latitude), entries.get(GPS.latitudeSign), "S");
  const lon = degrees(entries.get(GPS.longitude), entries.get(GPS.longitudeSign), "W");
  const plausible = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat !== 0 || lon !== 0);
  return plausible ? { lat, lon } : undefined;
}

function ofExif(view) {
  const little = text(view, 0, 2) === "II";
  const first = directory(view, little, view.getUint32(4, little));
  const below = (tag) => directory(view, little, first.get(tag)?.[0]);
  return {
    width: first.get(TAG.width)?.[0],
    height: first.get(TAG.height)?.[0],
    orientation: first.get(TAG.orientation)?.[0],
    taken: taken(below(TAG.exif)),
    camera: camera(first),
    place: place(below(TAG.gps)),
  };
}

function quietly(read) {
  try {
    return read();
  } catch {
    return {}; // a file that is cut short, or a broken note beside a picture
  }
}

/** A date as documents have it, without fractions that are zero. */
export const instant = (date) => date.toISOString().replace(".000Z", "Z");

/** Orientation as XMP has it, for pictures whose EXIF has none. */
function ofXmp(bytes) {
  const head = new TextDecoder("latin1").decode(bytes.slice(0, XMP_BYTES));
  return Number(/tiff:Orientation(?:="|>)([1-8])/.exec(head)?.[1] ?? 1);
}

/**
 * @param {ArrayBuffer} bytes of the whole file
 * @param {string} type its media type
 * @return {object} width, height, taken, camera and place, as far as they are known
 */
export function factsOf(bytes, type) {
  const { exif, ...size } = quietly(() => READERS[type](new DataView(bytes)));
  const { orientation = 0, width, height, ...noted } = exif ? quietly(() => ofExif(exif)) : {};
  const sides = size.width ? [size.width, size.height] : [width, height];
  const turned = (orientation || ofXmp(bytes)) >= FIRST_TURNED;
  const [across, down] = turned ? sides.toReversed() : sides;
  return { width: across, height: down, ...noted };
}
