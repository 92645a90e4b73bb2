/* A summary that could not be refreshed says so: it must never look fresh. The next press asks the server again. */
"use strict";

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    for (const words of event.detail.target.querySelectorAll("[data-offline]")) words.hidden = false;
  });
}
