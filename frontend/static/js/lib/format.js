// Numbers, sizes, times and places in words.

const NUMBER = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The day of a moment, UTC, as the server writes it too: 5 Sep 2025. */
export function day(iso) {
  if (!iso) return "";
  const date = new Date(iso);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

export function area(km2) {
  if (km2 < 1) return `${Math.round(km2 * 1e4) / 100} ha`;
  return `${km2 < 100 ? NUMBER.format(km2) : Math.round(km2).toLocaleString("en-GB")} km²`;
}

export function bytes(count) {
  if (count === null || count === undefined) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  while (count >= 1000 && at < units.length - 1) { count /= 1000; at += 1; }
  return `${count < 10 && at ? count.toFixed(1) : Math.round(count)} ${units[at]}`;
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const s = Math.round(seconds);
  if (s < 60) return `${Math.max(s, 1)} s`;
  if (s < 3600) return s % 60 && s < 600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.round(s / 60)} min`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

export function ago(iso) {
  const seconds = (Date.now() - new Date(iso)) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  return day(iso);
}

const hemisphere = (value, plus, minus) => `${Math.abs(value).toFixed(3)}° ${value < 0 ? minus : plus}`;
export const lonLat = (lon, lat) => `${hemisphere(lat, "N", "S")}, ${hemisphere(lon, "E", "W")}`;

/** Up to four significant digits, without needless zeros: pixel values and legend labels. */
export function value(number) {
  if (number === null || number === undefined || Number.isNaN(number)) return "no data";
  if (number === 0) return "0";
  const size = Math.abs(number);
  return size >= 1e5 || size < 1e-3 ? number.toExponential(2) : String(Number(number.toPrecision(4)));
}
