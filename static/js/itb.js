/* Keys, and one post for one press. Every page works without this file. */
"use strict";

const OFF = "itb-keys-off";

function typing(target) {
  return target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), select, textarea");
}

/* Each key is declared where it acts: a link or button is pressed, a field takes the focus. */
function act(keys) {
  const found = document.querySelector(`[data-keys="${CSS.escape(keys)}"]`);
  if (!found) return false;
  if (found.tagName === "INPUT") found.select();
  found.tagName === "INPUT" ? found.focus() : found.click();
  return true;
}

let before = "";
let beforeAt = -Infinity;

document.addEventListener("keydown", (event) => {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!plain || typing(event.target) || localStorage.getItem(OFF) || document.querySelector("dialog[open]")) return;
  const pair = event.timeStamp - beforeAt < 1500 ? `${before} ${event.key}` : "";
  before = event.key;
  beforeAt = event.timeStamp; // when it was pressed, not when a slow machine came round to it
  if ((pair && act(pair)) || act(event.key)) event.preventDefault();
});

for (const opener of document.querySelectorAll("[data-opens]")) {
  opener.hidden = false;
  opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
}

/* Someone who speaks to their computer can switch the keys off. */
for (const box of document.querySelectorAll("[data-keys-switch]")) {
  box.checked = !localStorage.getItem(OFF);
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}

/* A second press while the first is on its way posts nothing. The buttons keep their name and value in the post. */
function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method") !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button:not([type=button]), [type=submit]")) {
    button.setAttribute("aria-disabled", "true");
  }
});

window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
