// What is known of one human feature, in a popup.

import { api } from "../lib/api.js";
import { complain, h } from "../lib/dom.js";

const HIDDEN = ["osm_type", "osm_id", "tags", "osm_url", "name", "class", "facc"];
export const words = (name) => name.replaceAll("_", " ");

export async function tellFeature(map, layer, fid, place) {
  const feature = await api(`/api/osm/layers/${layer}/items/${fid}`).catch(complain);
  if (feature) L.popup({ className: "osm-popup", maxWidth: 320, maxHeight: 320 }).setLatLng(place).setContent(featureFacts(feature.properties)).openOn(map);
}

export function featureFacts(facts) {
  const rows = Object.entries({ ...facts, ...facts.tags }).filter(([key, value]) => value !== null && !HIDDEN.includes(key));
  return h("div", {},
    h("h3", {}, facts.name || words(facts.class)),
    h("p", { class: "row-meta" }, `${words(facts.class)} · ${facts.facc || "no code"}`),
    h("dl", { class: "facts" }, rows.flatMap(([key, value]) => [h("dt", {}, words(key)), h("dd", {}, String(value))])),
    h("p", {}, h("a", { href: facts.osm_url, rel: "noopener" }, "On openstreetmap.org")));
}
