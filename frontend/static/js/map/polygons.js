// Polygons with a class each, drawn on the map with Leaflet-Geoman; the area of interest stays as it is.

const PALETTE = ["#b4471c", "#1d5fbf", "#8a2d86", "#0f766e", "#8c510a", "#c4003c", "#5f6b00", "#3f3f46"];

export class LabelledPolygons {
  /** `onchange()` hears every polygon that comes or goes; `onend()` that drawing has ended. */
  constructor(map, onchange, onend) {
    Object.assign(this, { map, onchange, onend, drawn: [], names: [] });
    this.created = ({ layer }) => this.keep(layer);
    this.ended = () => {
      if (this.again) { // Geoman ends after every polygon: on with the next
        this.again = false;
        this.pen();
      } else {
        this.stop();
        this.onend();
      }
    };
    this.escape = (event) => event.key === "Escape" && this.drawing && this.map.pm.disableDraw();
    document.addEventListener("keydown", this.escape);
  }
  colour(name) {
    if (!this.names.includes(name)) this.names.push(name);
    return PALETTE[this.names.indexOf(name) % PALETTE.length];
  }
  /** Draw polygons of a class, one after the other, until it is ended. */
  draw(name) {
    this.map.pm.disableDraw();
    this.drawing = name;
    this.map.labelling = true; // the area of interest passes over what is drawn now
    this.map.on("pm:create", this.created);
    this.map.on("pm:drawend", this.ended);
    this.pen();
  }
  pen() {
    const style = { color: this.colour(this.drawing), weight: 2, fillOpacity: 0.25 };
    this.map.pm.enableDraw("Polygon", { templineStyle: style, hintlineStyle: { ...style, dashArray: "5 5" }, pathOptions: style, continueDrawing: false });
    this.map.getContainer().classList.add("drawing");
  }
  stop() {
    this.map.off("pm:create", this.created);
    this.map.off("pm:drawend", this.ended);
    this.map.labelling = false;
    this.map.getContainer().classList.remove("drawing");
    this.drawing = null;
  }
  end() {
    if (this.drawing) this.map.pm.disableDraw();
  }
  keep(layer) {
    layer.options.pmIgnore = true;
    layer.bindTooltip(this.drawing, { className: "tip" });
    this.drawn.push({ name: this.drawing, layer });
    this.again = true;
    this.onchange();
  }
  /** Return the classes in the order in which they were begun, with how many polygons each has. */
  classes() {
    return this.names.map((name) => ({ name, colour: this.colour(name), count: this.drawn.filter((one) => one.name === name).length })).filter(({ count }) => count);
  }
  undo(name) {
    const at = this.drawn.map((one) => one.name).lastIndexOf(name);
    if (at < 0) return;
    this.drawn[at].layer.remove();
    this.drawn.splice(at, 1);
    this.onchange();
  }
  clear() {
    this.end();
    for (const { layer } of this.drawn) layer.remove();
    this.drawn = [];
  }
  leave() {
    this.clear();
    document.removeEventListener("keydown", this.escape);
  }
  /** Return GeoJSON: the class of each polygon stands in `crop`, and in `class`, which services look for by default. */
  collection() {
    const features = this.drawn.map(({ name, layer }) => ({ type: "Feature", properties: { crop: name, class: name }, geometry: layer.toGeoJSON(7).geometry }));
    return { type: "FeatureCollection", features };
  }
}
