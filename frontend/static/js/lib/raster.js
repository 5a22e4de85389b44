// A raster asset of a result as a map layer: its bands, ready-made combinations, tile address, physical values.

import { value } from "./format.js";

const RECIPES = [
  ["True colour", ["red", "green", "blue"]],
  ["False colour, vegetation", ["nir", "red", "green"]],
  ["Short-wave infrared", ["swir22", "nir", "red"]],
  ["Agriculture", ["swir16", "nir", "blue"]],
];
const NIR = ["nir", "nir08", "nir09"];

export const scaleOf = (band) => band?.["raster:scale"] ?? 1;
export const offsetOf = (band) => band?.["raster:offset"] ?? 0;
export const physical = (band, stored) => stored * scaleOf(band) + offsetOf(band);
export const stored = (band, number) => (number - offsetOf(band)) / scaleOf(band);
export const bandName = (band, index) => band?.name || band?.description || `Band ${index + 1}`;
const commonName = (band) => band["eo:common_name"] || band.common_name;

/** Band combinations that this asset allows, as {label, bands (1-based)}. */
export function combinations(asset) {
  const at = (name) => asset.bands.findIndex((band) => commonName(band) === name || (name === "nir" && NIR.includes(commonName(band)))) + 1;
  return RECIPES.map(([label, names]) => ({ label, bands: names.map(at) })).filter(({ bands }) => bands.every(Boolean));
}

export function startStyle(asset) {
  const style = asset.style || {};
  const count = asset.bands.length || 1;
  const bands = style.bands?.length ? style.bands : combinations(asset)[0]?.bands || (count >= 3 && !asset.classes ? [1, 2, 3] : [1]);
  return { bands, rescale: style.rescale || null, colormap: style.colormap || (bands.length === 1 && !asset.classes ? "viridis" : null) };
}

export function tileQuery(style) {
  const query = new URLSearchParams();
  for (const band of style.bands) query.append("bidx", band);
  for (const limits of style.rescale || []) query.append("rescale", limits.join(","));
  if (style.colormap && style.bands.length === 1) query.set("colormap_name", style.colormap);
  if (style.hide?.length) query.set("hide", style.hide.join(","));
  return query.toString();
}

export function tileAddress(asset, style) {
  const template = asset.tiles.template;
  return `${template}${template.includes("?") ? "&" : "?"}${tileQuery(style)}`;
}

/** Words for a pixel: the class it belongs to, or the physical value with its unit. */
export function pixelText(asset, index, number) {
  if (number === null || number === undefined) return "no data";
  const named = asset.classes?.find((entry) => entry.value === number);
  if (named) return named.title || named.name;
  const band = asset.bands[index];
  const unit = band?.unit || asset.unit;
  return `${value(physical(band, number))}${unit && unit !== "1" ? ` ${unit}` : ""}`;
}
