/* A screen that nobody has used for a while clears itself. The server says when, and to ask it is no deed. What was typed
   is handed over, to wait for the same person: it goes to no form's own address, so nothing is done with it. */
"use strict";

const AGAIN_MS = 10_000; // after a server that did not answer
let timer;

async function remaining() {
  const answer = await fetch(document.body.dataset.remaining, { cache: "no-store" });
  return (await answer.json()).seconds;
}

function later(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, seconds * 1000 + 1000);
}

/* Without an answer the time is up by this screen's own reckoning: another one cannot have been used either. */
async function look() {
  const seconds = await remaining().catch(() => 0);
  seconds > 0 ? later(seconds) : clear();
}

function isChanged(field) {
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.checked !== field.defaultChecked || field.value !== field.defaultValue;
}

/* After a slip the page holds what was typed as its own beginning. */
function isTyped(form) {
  return form.elements.opened_by && (document.getElementById("errors") || [...form.elements].some(isChanged));
}

function clear() {
  const form = [...document.forms].find(isTyped);
  const typed = form && new URLSearchParams(new FormData(form));
  typed?.set("page", location.pathname);
  const words = document.getElementById("away").content;
  document.title = words.querySelector("h1").textContent;
  document.body.replaceChildren(words.cloneNode(true));
  leave(typed);
}

async function leave(typed) {
  try {
    await (typed ? fetch(document.body.dataset.away, { method: "POST", body: typed }) : remaining());
    location.replace(location.pathname + location.search);
  } catch {
    setTimeout(leave, AGAIN_MS, typed);
  }
}

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
window.addEventListener("pageshow", (event) => event.persisted && look());
later(Number(document.body.dataset.idle));
