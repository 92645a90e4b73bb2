/* A summary that is refreshed while the form is typed: what it no longer finds wrong is taken back at the field, and a
   summary that could not be refreshed says so, since it must never look fresh. The next press asks the server again. */
"use strict";

/* The room that an error took stays, so that nothing moves under the hand. */
document.addEventListener("htmx:afterSwap", () => {
  const standing = new Set([...document.querySelectorAll("#summary .missing a")].map((link) => link.hash));
  for (const link of document.querySelectorAll("#errors a")) {
    const settled = !standing.has(link.hash);
    link.classList.toggle("settled", settled);
    document.querySelector(link.hash)?.closest(".field")?.classList.toggle("settled", settled);
  }
});

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    for (const words of event.detail.target.querySelectorAll("[data-offline]")) words.hidden = false;
  });
}
