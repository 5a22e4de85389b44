// WebGL inside of Leaflet: MapLibre, fetched when it is first needed; for features too many to be elements of the page.

const VENDOR = new URL("../../vendor/", import.meta.url);
let loading;

/** Whether this browser draws by WebGL. */
export const hasGl = () => Boolean(document.createElement("canvas").getContext("webgl2"));

const script = (path) => new Promise((resolve, reject) => {
  const element = document.createElement("script");
  Object.assign(element, { src: new URL(path, VENDOR), onload: resolve, onerror: () => reject(new Error(`${path} could not be loaded.`)) });
  document.head.append(element);
});

async function load() {
  loading ||= (async () => {
    await script("maplibre-gl/maplibre-gl-csp.js");
    maplibregl.setWorkerUrl(String(new URL("maplibre-gl/maplibre-gl-csp-worker.js", VENDOR)));
    await script("maplibre-gl-leaflet/leaflet-maplibre-gl.js");
  })();
  return loading;
}

/** A Leaflet layer that draws vector tiles of an address in a MapLibre style. */
export async function glLayer({ address, layers, pane, className }) {
  await load();
  const tiles = [new URL(address, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")];
  return L.maplibreGL({
    pane, className, interactive: false, fadeDuration: 0,
    style: { version: 8, sources: { osm: { type: "vector", tiles, minzoom: 0, maxzoom: 16 } }, layers },
  });
}

/** The styles of a feature layer: areas filled, lines, points as circles; `colour` is a value or an expression. */
export function glStyles(name, colour, filter, { opacity = 1, fill = 0.35, width = 2 } = {}) {
  const kind = (type) => ["all", ["==", ["geometry-type"], type], ...(filter ? [filter] : [])];
  const base = { source: "osm", "source-layer": name };
  return [
    { ...base, id: `${name}-a`, type: "fill", filter: kind("Polygon"), paint: { "fill-color": colour, "fill-opacity": fill * opacity, "fill-outline-color": colour } },
    { ...base, id: `${name}-l`, type: "line", filter: kind("LineString"), paint: { "line-color": colour, "line-width": width, "line-opacity": opacity } },
    { ...base, id: `${name}-p`, type: "circle", filter: kind("Point"), paint: { "circle-color": colour, "circle-radius": 3.5, "circle-opacity": opacity } },
  ];
}
