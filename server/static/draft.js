// Drafts saved as one types: posted a moment after the last change, kept in this browser until the server has them.
//
// Nothing is overwritten unknowingly: each save names the revision it builds on, and a newer one is told. A lost
// connection, a server that is being restarted or a session that has ended only mean that saving goes on later.
"use strict";

const PAUSE = 1200;
const LONGEST_PAUSE = 8000;
const RETRIES = [2000, 4000, 8000, 15000, 30000];

class Drafts {
  constructor(form, place) {
    this.form = form;
    this.report = globalThis.bieu.form;
    this.address = form.dataset.draft;
    this.revisions = document.querySelectorAll("[name='@revision']");
    this.token = form.elements.namedItem("@token").value;
    this.signIn = place.dataset.signIn;
    this.key = `bieu:${place.dataset.user}:${this.address}`;
    this.told = document.getElementById("bieu-draft");
    this.told.classList.add("draft-told");
    this.saved = this.text();
    this.timer = null;
    this.since = null;
    this.saving = null;
    this.failures = 0;
    this.stale = false;
    this.leaving = false;
    if (place.dataset.savedAt !== "") this.say("saved", `Bản nháp lưu lúc ${place.dataset.savedAt}`);
    this.restore();
    form.addEventListener("bieu:shown", () => this.changed());
    form.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("online", () => this.soon(0));
    document.addEventListener("visibilitychange", () => this.soon(0));
    addEventListener("focus", () => this.soon(0));
    addEventListener("beforeunload", (event) => {
      if (this.pending() && !this.leaving && this.held() === null) event.preventDefault();
    });
  }

  text() {
    return this.report.document();
  }

  get revision() {
    return Number(this.revisions[0].value);
  }

  set revision(value) {
    for (const field of this.revisions) field.value = String(value);
  }

  pending() {
    return this.text() !== this.saved;
  }

  changed() {
    if (!this.pending()) return;
    this.hold();
    if (this.stale) return;
    this.since ??= Date.now();
    this.soon(Math.min(PAUSE, Math.max(0, this.since + LONGEST_PAUSE - Date.now())));
  }

  /** Save after a while, if there is anything to save. */
  soon(pause) {
    if (this.stale || !this.pending()) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  save() {
    this.saving ??= this.post().finally(() => {
      this.saving = null;
      if (this.failures === 0) this.soon(PAUSE);
    });
    return this.saving;
  }

  async post() {
    const text = this.text();
    if (text === this.saved) return;
    clearTimeout(this.timer);
    this.since = null;
    let answer;
    let said = {};
    try {
      answer = await fetch(this.address, {
        method: "POST",
        body: text,
        credentials: "same-origin",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-Form-Token": this.token,
          "X-Revision": String(this.revision),
        },
      });
      said = await answer.json();
    } catch {
      this.failed("Mất kết nối: số liệu giữ trên máy này, sẽ tự lưu lại.");
      return;
    }
    if (answer.ok) {
      this.failures = 0;
      this.saved = text;
      this.revision = said.revision;
      if (this.pending()) this.hold();
      else this.release();
      this.say("saved", `Đã lưu ${said.saved}`);
    } else if (answer.status === 401) {
      this.failed("Phiên đã hết: số liệu giữ trên máy này.", link("Đăng nhập ở thẻ khác", this.signIn));
    } else if (answer.status === 409 && said.revision !== undefined) {
      this.stale = true;
      this.ask(said);
    } else if (answer.status >= 500) {
      this.failed("Máy chủ chưa nhận được: số liệu giữ trên máy này, sẽ tự lưu lại.");
    } else {
      this.stale = true;
      this.say("stale", `Chưa lưu: ${(said.words ?? [said.title]).join(" ")}`);
    }
  }

  failed(words, ...more) {
    const pause = RETRIES[Math.min(this.failures, RETRIES.length - 1)];
    this.failures += 1;
    this.hold();
    this.say("lost", words, ...more);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  /** Somebody saved meanwhile: nothing is overwritten until the person says so. */
  ask(said) {
    const mine = button("Lưu bản của tôi, thay bản kia", () => {
      this.stale = false;
      this.revision = said.revision;
      this.save();
    });
    const theirs = button("Mở bản kia", () => {
      this.leaving = true;
      this.release();
      location.reload();
    });
    this.say("stale", said.words.join(" "), mine, theirs);
  }

  /** What this browser still holds from before: taken up where nobody has saved since, else offered. */
  restore() {
    const held = this.held();
    if (held === null || held.text === this.saved) {
      this.release();
      return;
    }
    const open = () => {
      const words = this.report.open(held.text);
      this.say("saved", `Đã lấy lại số liệu chưa lưu của ${held.at}. ${words}`);
      this.changed();
    };
    if (held.revision === this.revision) open();
    else {
      this.say(
        "stale", `Máy này còn số liệu chưa lưu của ${held.at}; sau đó đã có bản nháp khác.`,
        button("Lấy số liệu đó", open),
        button("Bỏ", () => {
          this.release();
          this.say("saved", "");
        }),
      );
    }
  }

  /** A form that is posted waits for a save under way: its revision would be out of date. */
  submitted(event) {
    if (event.defaultPrevented) return;
    clearTimeout(this.timer);
    this.leaving = true;
    if (this.saving === null) return;
    event.preventDefault();
    const { submitter } = event;
    this.saving.finally(() => this.form.requestSubmit(submitter));
  }

  hold() {
    const at = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
    try {
      localStorage.setItem(this.key, JSON.stringify({ text: this.text(), revision: this.revision, at }));
    } catch {
      // Storage is full or forbidden: the page itself still holds everything.
    }
  }

  held() {
    try {
      return JSON.parse(localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  release() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Nothing is stored where storage is forbidden.
    }
  }

  say(state, words, ...more) {
    this.told.dataset.state = state;
    this.told.replaceChildren(words, ...more);
  }
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function link(words, address) {
  const made = document.createElement("a");
  made.href = address;
  made.target = "_blank";
  made.rel = "noopener";
  made.textContent = words;
  return made;
}

const place = document.querySelector("[data-draft-state]");
const form = document.getElementById("bieu-form");
if (place !== null && form?.dataset.draft !== undefined && globalThis.bieu?.form !== undefined) {
  globalThis.bieu.drafts = new Drafts(form, place);
}
