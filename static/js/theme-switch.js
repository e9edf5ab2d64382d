// The switch in the colophon names the other scheme and keeps the choice.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  const name = () => { button.textContent = dark() ? button.dataset.light : button.dataset.dark; };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* kept for this page only */ }
    name();
  });
  system.addEventListener("change", name);
  name();
}
