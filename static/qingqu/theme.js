// Light or dark as the reader's system has it; runs before the page is drawn so that nothing flashes.
(function () {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  apply();
  dark.addEventListener("change", apply);
})();
