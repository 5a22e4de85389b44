// The live feed of jobs: server-sent events, or asking every few seconds where they do not come through.

import { api } from "./api.js";

const POLL_MS = 4000;

/** Call `onjob(job)` for every change; returns a function that ends it. `path` is "/api/jobs" or one job's address. */
export function follow(path, onjob, onstate = () => {}) {
  let timer = null;
  const ask = async () => {
    const answer = await api(path).catch(() => null);
    if (answer) (answer.results || [answer]).forEach((job) => onjob(job));
    onstate(answer ? "polling" : "offline");
  };
  const poll = (on) => {
    if (on && !timer) { timer = setInterval(ask, POLL_MS); ask(); }
    if (!on && timer) { clearInterval(timer); timer = null; }
  };
  const source = new EventSource(`${path}/events`);
  source.addEventListener("job", (event) => onjob(JSON.parse(event.data)));
  source.addEventListener("open", () => { poll(false); onstate("live"); });
  source.addEventListener("error", () => poll(true));
  const end = () => { source.close(); poll(false); };
  addEventListener("pagehide", end, { once: true });
  return end;
}
