// What the user has chosen so far: one object, kept over a reload, that tells who listens when a part changes.

const KEY = "workspace";

class Store extends EventTarget {
  constructor() {
    super();
    this.state = { area: null, scenes: [], service: null, values: {} };
    try {
      Object.assign(this.state, JSON.parse(sessionStorage.getItem(KEY) || "{}"));
    } catch { /* what was kept is not readable: start afresh */ }
  }
  set(patch) {
    Object.assign(this.state, patch);
    sessionStorage.setItem(KEY, JSON.stringify(this.state));
    for (const name of Object.keys(patch)) this.dispatchEvent(new CustomEvent(name));
  }
  /** Call `run` now and whenever one of the named parts changes. */
  watch(names, run) {
    for (const name of names) this.addEventListener(name, run);
    run();
  }
}

export const store = new Store();
