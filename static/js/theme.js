// A chosen light or dark page, before the first paint; nothing is kept where nothing was chosen.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* storage may be closed: the system's scheme stands */ }
