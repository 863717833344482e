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

// A number that is clicked is put on the list of cells to correct, in the first line that is free.
document.querySelector("[data-pick]")?.addEventListener("click", (event) => {
  const link = event.target.closest("td > a");
  if (link === null) return;
  event.preventDefault();
  const cell = new URL(link.href).searchParams.get("o");
  const lines = [...document.querySelectorAll(".cell-line")];
  const named = (line) => line.querySelector("[name='o']");
  let line = lines.find((each) => named(each).value === cell) ?? lines.find((each) => named(each).value === "");
  if (line === undefined) {
    line = lines.at(-1).cloneNode(true);
    for (const field of line.querySelectorAll("input")) field.value = "";
    line.querySelector(".note-of")?.remove();
    lines.at(-1).after(line);
  }
  named(line).value = cell;
  line.querySelector("[name='ly_do_o']").focus();
});

// A page that the back button brings back may be posted again; the server knows what was done already.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-posted]")) delete form.dataset.posted;
});
