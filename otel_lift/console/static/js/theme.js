// Before the first paint, so that nobody who chose dark is shown light.
try {
  const theme = localStorage.getItem("otel-lift-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is not allowed here; the system's colours serve.
}
