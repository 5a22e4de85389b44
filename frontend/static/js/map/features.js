// Human features on the map: elements that can be clicked where there are few, WebGL where there are many.

import { glLayer, glStyles, hasGl } from "./gl.js";

const FEW_FROM_ZOOM = 15;
const MUTED = ["roads", "railways", "buildings", "settlements", "water_infra", "admin", "industry", "aviation"];

/** One vector layer for all that is chosen: a tile is fetched once. */
export class FeatureLayer {
  constructor(map, tell) {
    Object.assign(this, { map, tell, shown: [], number: 0 });
    map.on("zoomend", () => this.mode() !== this.drawn && this.draw());
    map.on("click", (event) => this.drawn === "gl" && this.ask(event));
  }
  mode() {
    if (!this.shown.length) return null;
    return this.map.getZoom() < FEW_FROM_ZOOM && hasGl() ? "gl" : "svg";
  }
  /** Show layers: each with its id, and `colours` by class for the classes that are wanted. */
  show(shown, version) {
    Object.assign(this, { shown, version });
    return this.draw();
  }
  async draw() {
    const turn = (this.number += 1);
    leave(this.tiles);
    this.tiles = null;
    this.drawn = this.mode();
    if (!this.drawn) return;
    const address = `/api/osm/tiles/{z}/{x}/{y}.mvt?v=${this.version}&layers=${this.shown.map((layer) => layer.id).join(",")}`;
    const tiles = this.drawn === "gl" ? await this.gl(address) : this.svg(address);
    if (turn !== this.number) return; // another choice was made meanwhile
    this.tiles = tiles.addTo(this.map);
  }
  gl(address) {
    const layers = this.shown.flatMap(({ id, colours }) => glStyles(id, ["match", ["get", "class"], ...Object.entries(colours).flat(), "#888888"], ["in", ["get", "class"], ["literal", Object.keys(colours)]]));
    return glLayer({ address, layers, pane: "overlayPane", className: "osm-gl" });
  }
  svg(address) {
    const colours = Object.fromEntries(this.shown.map((layer) => [layer.id, layer.colours]));
    const tiles = VectorTileLayer(address, {
      maxDetailZoom: 16, minDetailZoom: 2, className: "osm-tiles", interactive: true,
      filter: (feature, name) => feature.properties.class in (colours[name] || {}),
      style: (feature, name) => {
        const color = colours[name][feature.properties.class];
        return { color, fillColor: color, fill: feature.type !== 2, fillOpacity: 0.35, weight: feature.type === 2 ? 2 : 1, radius: 4 };
      },
    });
    tiles.on("click", (event) => { L.DomEvent.stop(event); this.tell(event.layer.layerName, event.layer.feature.properties.fid, event.latlng); });
    return tiles;
  }
  /** Under a click, what WebGL drew last. */
  ask(event) {
    const gl = this.tiles?.getMaplibreMap?.();
    if (!gl) return;
    const { x, y } = gl.project([event.latlng.lng, event.latlng.lat]);
    const [hit] = gl.queryRenderedFeatures([[x - 4, y - 4], [x + 4, y + 4]]);
    if (hit) this.tell(hit.sourceLayer, hit.properties.fid, event.latlng);
  }
}

/** All that is there, muted, under everything: a ground for closed networks. */
export const groundLayer = (version, layers) => glLayer({
  address: `/api/osm/tiles/{z}/{x}/{y}.mvt?v=${version}&layers=${MUTED.join(",")}`, pane: "ground", className: "osm-ground",
  layers: layers.filter((layer) => MUTED.includes(layer.id)).sort((a, b) => MUTED.indexOf(b.id) - MUTED.indexOf(a.id)).flatMap((layer) => glStyles(layer.id, layer.colour, null, { opacity: 0.55, fill: 0.3, width: 1.2 })),
});

/** A layer that is taken away while its tiles are on their way would hand them to a map that it no longer has. */
function leave(tiles) {
  if (tiles?.isLoading?.()) tiles.once("load", () => setTimeout(() => tiles.remove()));
  else tiles?.remove();
}
