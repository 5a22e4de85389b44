// What can be done with a job, wherever it is shown.

import { complain, confirm, h, icon } from "./dom.js";
import { api, post } from "./api.js";
import { duration } from "./format.js";

export const STATES = {
  accepted: { label: "Queued", icon: "clock" },
  running: { label: "Running", icon: "activity" },
  successful: { label: "Done", icon: "circle-check" },
  failed: { label: "Failed", icon: "circle-x" },
  dismissed: { label: "Cancelled", icon: "ban" },
};
export const ended = (job) => ["successful", "failed", "dismissed"].includes(job.state);

const guarded = (run) => async (...args) => {
  try {
    return await run(...args);
  } catch (problem) {
    complain(problem);
    return null;
  }
};

export const cancel = guarded(async (job) => {
  if (!(await confirm("Cancel this job?", { detail: "Its process is stopped and nothing of it is kept.", yes: "Cancel the job", no: "Let it run" }))) return null;
  return post(`/api/jobs/${job.id}/cancel`);
});

export const rerun = guarded((job) => post(`/api/jobs/${job.id}/rerun`, { force: true }));

export const remove = guarded(async (job, before = () => {}) => {
  if (!(await confirm("Delete this job?", { detail: "Its log goes with it; its result stays.", yes: "Delete" }))) return null;
  await before();
  await api(`/api/jobs/${job.id}`, { method: "DELETE" });
  return job;
});

/** The bar, the stage and the time left of a job that has not ended. */
export function progress(job) {
  const percent = Math.round(100 * (job.fraction || 0));
  const bar = h("div", { class: "bar-track", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(percent), "aria-label": `Progress of ${job.name || job.service_title}` }, h("div", { class: "bar-fill" }));
  bar.firstChild.style.width = `${job.state === "accepted" ? 0 : Math.max(percent, 2)}%`;
  const left = job.eta_s ? `${duration(job.eta_s)} left` : "";
  const stage = job.state === "accepted" ? (job.queue_position ? `position ${job.queue_position} in the queue` : "waiting for a worker") : job.stage || "starting";
  return h("div", { class: "progress", dataset: { state: job.state } }, bar,
    h("div", { class: "progress-text" }, h("span", {}, stage), h("span", { class: "num" }, [job.state === "running" && `${percent} %`, left].filter(Boolean).join(" · "))));
}

export function stateBadge(state) {
  const known = STATES[state] || { label: state, icon: "info" };
  return h("span", { class: `badge ${state}` }, icon(known.icon), known.label);
}
