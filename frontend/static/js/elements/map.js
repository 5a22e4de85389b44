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

/** Show an extent [w, s, e, n], leaving room for the panels that lie over the map. */
export function fit(map, bbox, { maxZoom = 14 } = {}) {
  const style = getComputedStyle(document.documentElement);
  const room = (name) => parseFloat(style.getPropertyValue(name)) || 0;
  map.fitBounds([[bbox[1], bbox[0]], [bbox[3], bbox[2]]], {
    maxZoom, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    paddingTopLeft: [room("--cover-left") + 40, 60], paddingBottomRight: [room("--cover-right") + 40, room("--cover-bottom") + 40],
  });
}
