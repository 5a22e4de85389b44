// The REST API as the browser calls it: session cookie, CSRF header, problem+json turned into `Problem`.

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.code = body.code || "";
    this.hint = body.hint || "";
    this.errors = body.errors || [];
  }
  get text() {
    return this.hint ? `${this.message} ${this.hint}` : this.message;
  }
}

const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

export async function request(path, { method = "GET", json, body, headers = {}, signal } = {}) {
  const options = { method, signal, credentials: "same-origin", headers: { Accept: "application/json", ...headers }, body };
  if (method !== "GET") options.headers["X-CSRFToken"] = csrf();
  if (json !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(json);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "The portal cannot be reached.", hint: "Check the connection, then try again." });
  }
  if (response.ok) return response;
  if (response.status === 401) location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname)}`);
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

export async function api(path, options) {
  const response = await request(path, options);
  return response.status === 204 ? null : response.json();
}

export const post = (path, json = {}) => api(path, { method: "POST", json });
