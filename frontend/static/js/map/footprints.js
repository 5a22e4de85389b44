// Outlines of scenes on the map: thin for those found, strong for those chosen, lit while pointed at.

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Footprints {
  constructor(map, onpick) {
    this.map = map;
    this.onpick = onpick;
    this.group = L.geoJSON(null, { style: (f) => this.style(f), onEachFeature: (f, layer) => this.bind(f, layer) }).addTo(map);
    this.chosen = new Set();
    document.addEventListener("themechange", () => this.group.setStyle((f) => this.style(f)));
  }
  style(feature) {
    const chosen = this.chosen.has(feature.id);
    const lit = this.lit === feature.id;
    const color = token(chosen ? "--accent" : "--footprint");
    return { className: `footprint${chosen ? " chosen" : ""}`, color, weight: chosen || lit ? 2 : 1, dashArray: chosen ? null : "3 4", fillColor: color, fillOpacity: lit ? 0.12 : 0.015 };
  }
  bind(feature, layer) {
    layer.bindTooltip(feature.properties.name, { sticky: true, className: "tip" });
    layer.on("click", () => !this.map.pm.globalDrawModeEnabled() && this.onpick(feature));
  }
  show(features, chosen) {
    this.chosen = new Set(chosen);
    this.group.clearLayers();
    this.group.addData({ type: "FeatureCollection", features: features.filter((f) => f.geometry) });
    this.group.bringToBack();
  }
  /** While scenes are being picked all are shown and take clicks; otherwise only the chosen ones, and clicks pass. */
  pickable(on) {
    this.map.getContainer().classList.toggle("picking", on);
  }
  light(id) {
    this.lit = id;
    this.group.setStyle((f) => this.style(f));
  }
}
