// What pages do beside being pages: a form that does something once is posted once, however often its button is pressed.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.hasAttribute("data-once")) return;
  if (form.dataset.posted !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.posted = "";
});

// A page that the back button brings back may be posted again; the server knows what was done already.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-posted]")) delete form.dataset.posted;
});
