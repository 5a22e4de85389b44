// Before the first paint: the theme that was chosen here last time. Not a module, so that nothing flashes.
(() => {
  const root = document.documentElement;
  root.dataset.theme = localStorage.getItem("theme") || "auto";
  const dark = () => root.dataset.theme === "dark" || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  const show = () => {
    root.classList.toggle("dark", dark());
    document.dispatchEvent(new CustomEvent("themechange", { detail: { dark: dark() } }));
  };
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    root.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
    show();
  });
})();
