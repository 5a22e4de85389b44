// <gw-map>: the Leaflet map with its basemap. Others find it with `mapReady()`.

import { addBasemap } from "../map/basemap.js";

let ready;
const waiting = new Promise((resolve) => { ready = resolve; });

/** Resolves to the Leaflet map of the page once it stands. */
export const mapReady = () => waiting;

class GwMap extends HTMLElement {
  connectedCallback() {
    const map = L.map(this, {
      center: [46, 12], zoom: 4, minZoom: 2, maxZoom: 19, zoomControl: false, worldCopyJump: true,
      maxBounds: [[-88, -720], [88, 720]], keyboard: true, attributionControl: false,
    });
    L.control.attribution({ prefix: false, position: "bottomright" }).addTo(map);
    L.control.zoom({ position: "bottomright" }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    addBasemap(map, { url: this.dataset.basemap, attribution: this.dataset.attribution });
    new ResizeObserver(() => map.invalidateSize()).observe(this);
    this.map = map;
    ready(map);
  }
}
customElements.define("gw-map", GwMap);

/** Pixels that the panels cover of the map: left, right, bottom. */
export function covered() {
  const style = getComputedStyle(document.documentElement);
  const [left, right, bottom] = ["--cover-left", "--cover-right", "--cover-bottom"].map((name) => parseFloat(style.getPropertyValue(name)) || 0);
  return { left, right, bottom };
}

/** The place in the middle of what can be seen of the map. */
export function middle(map) {
  const { left, right, bottom } = covered();
  const { x, y } = map.getSize();
  return map.containerPointToLatLng([(left + x - right) / 2, (y - bottom) / 2]);
}

/** Show an extent [w, s, e, n], leaving room for the panels that lie over the map. */
export function fit(map, bbox, { maxZoom = 14 } = {}) {
  const { left, right, bottom } = covered();
  map.fitBounds([[bbox[1], bbox[0]], [bbox[3], bbox[2]]], {
    maxZoom, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    paddingTopLeft: [left + 40, 60], paddingBottomRight: [right + 40, bottom + 40],
  });
}

/** Open a popup where no panel covers it; one with much in it scrolls. */
export function openPopup(map, place, content, options = {}) {
  const { left, right, bottom } = covered();
  const { x, y } = map.getSize();
  const most = { maxHeight: Math.max(y - bottom - 70, 160), maxWidth: Math.min(options.maxWidth || 280, x - 100) };
  const controls = x < 760 ? 62 : 0; // they stand at the top right of a phone
  return L.popup({ autoPanPaddingTopLeft: [left + 8, 12], autoPanPaddingBottomRight: [right + controls + 8, bottom + 12], ...options, ...most }).setLatLng(place).setContent(content).openOn(map);
}
