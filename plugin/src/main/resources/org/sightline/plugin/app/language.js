/** Texts, numbers and dates in the language of whoever reads. */
import { TEXTS } from "./texts.js";

const LANGUAGES = ["en", "de"];
const KEPT = "sightline.language";

function preferred() {
  const kept = localStorage.getItem(KEPT);
  const wanted = [kept, ...navigator.languages].map((name) => (name ?? "").slice(0, 2));
  return wanted.find((name) => LANGUAGES.includes(name)) ?? LANGUAGES[0];
}

export const language = preferred();

/** Chooses another language; the page begins anew in it. */
export function speak(name) {
  localStorage.setItem(KEPT, name);
  location.reload();
}

const PLACE = LANGUAGES.indexOf(language);
/** The region's rules where the region's language is spoken. */
const LOCALE = navigator.languages.find((name) => name.startsWith(language)) ?? language;

/**
 * A text.
 *
 * @param {string} key of texts.js
 * @param {object} [values] for the {names} in it; numbers are written as the language does
 */
export function t(key, values = {}) {
  const texts = TEXTS[key];
  if (texts === undefined) {
    throw new Error(`there is no text [${key}]`);
  }
  return texts[PLACE].replace(/\{(\w+)\}/g, (all, name) => {
    const value = values[name];
    return typeof value === "number" ? number(value) : String(value ?? all);
  });
}

export function number(value, digits = 0) {
  return value.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const percent = (share) => share.toLocaleString(LOCALE, { style: "percent", maximumFractionDigits: 1 });

/** 1,234 bytes as 1.2 kB. */
export function bytes(value) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return (value / 1000 ** step).toLocaleString(LOCALE, {
    style: "unit",
    unit: units[step],
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  });
}

/** Milliseconds, with as many digits as tell something. */
export function millis(value) {
  return t("millis", { time: number(value, value < 10 ? 1 : 0) });
}

export function seconds(value) {
  const whole = Math.round(value);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts[0] > 0
    ? t("hours", { h: parts[0], min: parts[1] })
    : parts[1] > 0
      ? t("minutes", { min: parts[1], s: parts[2] })
      : t("seconds", { s: parts[2] });
}
