// The workspace page: its elements, and what ties them together.

import "./page.js";
import "./elements/map.js";
import "./elements/steps.js";
import "./elements/area.js";
import { chosenFrom } from "./elements/scenes.js";
import "./elements/pairs.js";
import "./elements/scene_list.js";
import "./elements/service.js";
import "./elements/review.js";
import "./elements/drawer.js";
import "./elements/jobs.js";
import "./elements/layers.js";
import "./elements/osm.js";
import "./elements/upload.js";
import "./elements/labels.js";
import { $, complain, toast } from "./lib/dom.js";
import { api, post } from "./lib/api.js";
import { store } from "./lib/store.js";

/** Take a job's service, scenes, area and parameters back into the panel, to change and run again. */
async function edit(job) {
  const sceneIds = [...new Set(job.inputs.filter((input) => ["scene", "scenes"].includes(input.kind)).map((input) => input.id))];
  const scenes = [];
  for (let at = 0; at < sceneIds.length; at += 100) scenes.push(...(await api(`/api/scenes?page_size=100&ids=${sceneIds.slice(at, at + 100).join(",")}`)).features);
  const wkt = Object.values(job.parameters).find((v) => /^(MULTI)?POLYGON/i.test(v));
  const area = wkt ? await post("/api/aois/check", { wkt }).catch(() => null) : null;
  store.set({ area, service: null, values: {}, scenes: scenes.map(chosenFrom) });
  store.set({ values: job.parameters, service: { id: job.service, title: job.service_title } });
  $("gw-steps").open("service", true);
  toast("The job's parameters are in the panel: change what you like, then submit.");
}

document.addEventListener("editjob", (event) => edit(event.detail));
const query = new URLSearchParams(location.search);
if (query.get("edit")) {
  await api(`/api/jobs/${query.get("edit")}`).then(edit).catch(complain);
  history.replaceState(null, "", location.pathname); // a reload keeps what is changed from here on
} else if (query.get("service")) store.set({ values: Object.fromEntries([...query].filter(([name]) => name !== "service")), service: { id: query.get("service"), title: $(`[data-service="${CSS.escape(query.get("service"))}"]`)?.dataset.title || query.get("service") } });

/* On a phone the panel is a sheet: its handle raises and lowers it, drawing lowers it. */
const sheet = (state) => { document.body.dataset.sheet = state; $("[data-sheet-toggle]")?.setAttribute("aria-expanded", state === "up"); };
$("[data-sheet-toggle]").addEventListener("click", () => sheet(document.body.dataset.sheet === "down" ? "up" : "down"));
document.addEventListener("needmap", () => matchMedia("(max-width: 760px)").matches && sheet("down"));
document.addEventListener("step", () => sheet("up"));
store.addEventListener("area", () => sheet("up"));
