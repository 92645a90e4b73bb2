/* Passkeys: the browser asks for a finger, a face or a PIN. Without this file, or in a browser that knows no passkeys,
   their buttons stay hidden and the other ways are there. */
"use strict";

async function options(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options).publicKey;
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  return (await answer.json()).request_options.publicKey;
}

async function credential(form) {
  const wanted = await options(form);
  if (form.dataset.passkey === "get") {
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(wanted) });
  }
  /* It names its person by itself, so that it can also sign in alone. */
  wanted.authenticatorSelection.residentKey = "preferred";
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wanted) });
}

async function show(form) {
  const given = await credential(form);
  form.elements.credential.value = JSON.stringify(given.toJSON());
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(form).catch(() => (form.querySelector("[data-failed]").hidden = false));
  });
}
