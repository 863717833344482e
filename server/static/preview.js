// Reloads the preview when the sources it was made from have changed.
"use strict";

const shown = document.body.dataset.version;

async function look() {
  try {
    const answer = await fetch("/version", { cache: "no-store" });
    if ((await answer.json()).version !== shown) {
      location.reload();
      return;
    }
  } catch {
    // The server is being restarted: ask again.
  }
  setTimeout(look, 1000);
}

setTimeout(look, 1000);
