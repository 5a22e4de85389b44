// leaflet-side-by-side is published as CommonJS only: give it the two names that it asks for.
globalThis.module = {};
globalThis.require = (name) => (name === "leaflet" ? globalThis.L : {});
