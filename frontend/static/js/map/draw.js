// Draw and edit the area of interest with Leaflet-Geoman.

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const style = () => ({ color: token("--area"), weight: 2, fillColor: token("--area"), fillOpacity: 0.04 });

/** One area on the map; `onchange(geometry)` hears every drawn or edited shape as GeoJSON. */
export class AreaLayer {
  constructor(map, onchange) {
    this.map = map;
    this.onchange = onchange;
    this.layer = null;
    map.pm.setGlobalOptions({ continueDrawing: false, snappable: false, tooltips: true, allowSelfIntersection: true });
    map.on("pm:create", ({ layer }) => {
      if (map.labelling) return;
      layer.remove();
      this.onchange(layer.toGeoJSON().geometry);
    });
    map.on("pm:drawend", () => map.labelling || this.map.getContainer().classList.remove("drawing"));
    document.addEventListener("themechange", () => this.layer?.setStyle(style()));
    document.addEventListener("keydown", (event) => event.key === "Escape" && !map.labelling && this.stop());
  }
  draw(shape) {
    this.stop();
    this.map.getContainer().classList.add("drawing");
    this.map.pm.enableDraw(shape, { templineStyle: style(), hintlineStyle: { ...style(), dashArray: "5 5" }, pathOptions: style(), cursorMarker: true });
  }
  edit() {
    this.stop();
    this.layer?.eachLayer((part) => part.pm.enable({ allowSelfIntersection: true, preventMarkerRemoval: false }));
    this.editing = Boolean(this.layer);
  }
  /** Leave drawing or editing; an edited shape is handed over. */
  stop() {
    this.map.pm.disableDraw();
    if (!this.editing) return;
    this.editing = false;
    const collection = this.layer.toGeoJSON();
    this.layer.eachLayer((part) => part.pm.disable());
    const parts = collection.features.map((f) => f.geometry);
    this.onchange(parts.length === 1 ? parts[0] : { type: "MultiPolygon", coordinates: parts.flatMap((g) => (g.type === "Polygon" ? [g.coordinates] : g.coordinates)) });
  }
  show(geometry) {
    this.layer?.remove();
    this.layer = geometry ? L.geoJSON(geometry, { style: style(), interactive: false, pmIgnore: false }).addTo(this.map) : null;
  }
}
