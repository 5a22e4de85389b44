// The ground under the map: Natural Earth land and borders drawn in the browser, or any XYZ service by setting.

const WORLD = new URL("../../vendor/world-atlas/countries-50m.json", import.meta.url);
const COAST = "/basemap/land-10m.json";
const FINE_FROM_ZOOM = 8;
const STEPS = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export async function addBasemap(map, { url, attribution }) {
  map.createPane("ground").style.zIndex = 150;
  if (url) {
    L.tileLayer(url, { attribution, pane: "ground", maxZoom: 20 }).addTo(map);
    return;
  }
  const world = await (await fetch(WORLD)).json();
  const renderer = L.canvas({ pane: "ground", padding: 0.6 });
  const options = { renderer, interactive: false, pane: "ground" };
  const land = L.geoJSON(topojson.feature(world, world.objects.land), options).addTo(map);
  sharpenCoast(map, land, () => paint());
  const borders = L.geoJSON(topojson.mesh(world, world.objects.countries, (a, b) => a !== b), options).addTo(map);
  const graticule = new Graticule(renderer).addTo(map);
  map.attributionControl.addAttribution(attribution);
  const paint = () => {
    land.setStyle({ stroke: true, weight: 0.8, color: token("--map-coast"), fillColor: token("--map-land"), fillOpacity: 1 });
    borders.setStyle({ weight: 0.7, color: token("--map-border"), fill: false });
    graticule.draw();
  };
  paint();
  document.addEventListener("themechange", paint);
}

/** Close to the ground the coast is drawn from the 1:10 m outlines; they are fetched when first needed. */
function sharpenCoast(map, land, paint) {
  const look = async () => {
    if (map.getZoom() < FINE_FROM_ZOOM) return;
    map.off("zoomend", look);
    const fine = await fetch(COAST).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    if (!fine) return;
    land.clearLayers();
    land.addData(topojson.feature(fine, fine.objects.land));
    land.eachLayer((layer) => layer.bringToBack());
    paint();
  };
  map.on("zoomend", look);
  look();
}

const Graticule = L.LayerGroup.extend({
  initialize(renderer) {
    L.LayerGroup.prototype.initialize.call(this);
    this.renderer = renderer;
  },
  onAdd(map) {
    this.map = map;
    map.on("moveend", this.draw, this);
  },
  draw() {
    this.clearLayers();
    const bounds = this.map.getBounds().pad(0.5);
    const width = this.map.getBounds().getEast() - this.map.getBounds().getWest();
    const step = STEPS.findLast((s) => width / s <= 12) || 30;
    const style = { renderer: this.renderer, pane: "ground", interactive: false, weight: 0.6, color: token("--map-grid") };
    const [w, e] = [Math.max(bounds.getWest(), -180), Math.min(bounds.getEast(), 180)];
    const [s, n] = [Math.max(bounds.getSouth(), -85), Math.min(bounds.getNorth(), 85)];
    for (let x = Math.ceil(w / step); x * step <= e; x += 1) this.line([[s, x * step], [n, x * step]], style);
    for (let y = Math.ceil(s / step); y * step <= n; y += 1) this.line([[y * step, w], [y * step, e]], style);
  },
  line(points, style) {
    const line = L.polyline(points, style);
    this._layers[L.stamp(line)] = line;
    this.map.addLayer(line);
  },
});
