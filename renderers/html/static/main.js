// Brings the page to life: reads it, computes, shows, and answers keys, pastes and buttons.

class Form {
  constructor(data, program) {
    this.report = new Report(data, program);
    this.summary = new Summary(this.report);
    this.sentences = data.sentences.map((values, number) => ({
      values,
      outputs: [...document.querySelectorAll(`output[data-sentence="${number}"]`)],
    }));
    this.conditional = [...document.querySelectorAll("[data-shown]")].map((element) => ({
      element,
      slot: data.shown[Number(element.dataset.shown)],
    }));
    this.message = document.getElementById("bieu-message");
    this.undoButton = document.getElementById("bieu-undo");
    this.undoable = [];
    this.editing = null;
    this.touched = new Set();
    this.attempted = false;
    this.shown = new Map();
    this.listen();
    const told = this.takeOver();
    this.update();
    if (told) this.summary.toggle(true);
    for (const box of document.querySelectorAll(".scroll")) {
      // A cell that gets the focus is not left under the heading, however many levels that has.
      box.style.scrollPaddingTop = `${box.querySelector("thead").offsetHeight + 8}px`;
    }
    for (const live of document.querySelectorAll("#bieu-bar, [data-add]")) live.hidden = false;
  }

  /** What the server said of cells and checks is said live from now on; explanations given before are kept. */
  takeOver() {
    for (const box of document.querySelectorAll("#bieu-told textarea")) {
      this.summary.explanations.set(box.name, box.value);
    }
    const live = document.querySelectorAll("#bieu-form [data-live]");
    for (const told of live) told.remove();
    const list = document.getElementById("bieu-told");
    if (list !== null && list.querySelector("li") === null) list.remove();
    return live.length > 0;
  }

  /** The report as a JSON document, for whoever keeps drafts. */
  document() {
    return writeDocument(this.report);
  }

  /** Put a document in the place of what is on the page; it can be taken back. Gives what to tell. */
  open(text) {
    const words = this.make((change) => readDocument(this.report, text, change));
    for (const narrative of this.report.texts) this.count(narrative);
    return words;
  }

  listen() {
    const form = document.getElementById("bieu-form");
    form.addEventListener("input", (event) => this.entered(event.target));
    form.addEventListener("focusin", ({ target }) => this.focused(target));
    form.addEventListener("focusout", ({ target }) => this.left(target));
    form.addEventListener("keydown", (event) => this.pressed(event));
    form.addEventListener("paste", (event) => this.pasted(event));
    form.addEventListener("click", ({ target }) => this.clicked(target));
    form.addEventListener("submit", (event) => this.submitted(event));
    this.undoButton.addEventListener("click", () => this.undo());
    document.getElementById("bieu-save").addEventListener("click", () => this.save());
    document.getElementById("bieu-load").addEventListener("change", (event) => this.load(event.target));
    for (const text of this.report.texts) this.count(text);
  }

  entered(target) {
    const cell = target.bieuCell;
    if (cell !== undefined) {
      cell.read();
      this.typed = true;
      this.update(cell);
      return;
    }
    const text = this.report.texts.find(({ element }) => element === target);
    if (text === undefined) return;
    this.count(text);
    this.update();
  }

  focused(target) {
    const cell = target.bieuCell;
    if (cell === undefined || cell === this.editing) return;
    this.editing = cell;
    this.before = target.value;
    if (cell.enterable) cell.startEditing();
  }

  left(target) {
    const cell = target.bieuCell;
    this.touched.add(target);
    this.editing = null;
    if (cell !== undefined) cell.stopEditing();
    this.update();
  }

  pressed(event) {
    const { target } = event;
    const cell = target.bieuCell;
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
      // Only right after a paste: once something was typed the browser takes that back first.
      if (this.undoable.length > 0 && !this.typed) {
        event.preventDefault();
        this.undo();
      }
      return;
    }
    if (cell === undefined) {
      // Enter in a single field would send the report.
      if (event.key === "Enter" && target.tagName === "INPUT") event.preventDefault();
      return;
    }
    if (event.key === "Escape" && cell.enterable && target.value !== this.before) {
      cell.write(this.before);
      cell.startEditing();
      this.update();
      return;
    }
    const next = event.isComposing ? undefined : destination(cell, event);
    if (next === undefined) return;
    event.preventDefault();
    if (next !== null) next.element.focus();
  }

  pasted(event) {
    const cell = event.target.bieuCell;
    if (cell === undefined) return;
    const text = event.clipboardData.getData("text/plain");
    const block = blockOf(text);
    const single = block.length === 1 && block[0].length === 1;
    // One text into a field is the browser's to paste, between what is there already.
    if (single && cell.enterable && event.target.selectionStart !== null && event.target.tagName !== "SELECT") return;
    event.preventDefault();
    const words = this.make((change) => pasteWords(spread(this.report, cell, block, change)));
    if (cell === this.editing && cell.enterable) cell.startEditing();
    this.say(words);
  }

  clicked(target) {
    const add = target.closest("[data-add]");
    if (add !== null) {
      const group = this.report.groups[Number(add.closest("[data-group]").dataset.group)];
      const row = this.report.addRow(group);
      this.update();
      row.cells.find((cell) => cell?.enterable)?.element.focus();
    }
    const remove = target.closest("[data-remove]");
    if (remove !== null) {
      const { bieuRow: row } = remove.closest("tr");
      const index = row.group.rows.indexOf(row);
      this.make((change) => {
        change.removed(row.group, row, index);
        this.report.removeRow(row);
      });
      this.say(`đã xóa dòng ${index + 1}`);
      const neighbourRow = row.group.rows[Math.min(index, row.group.rows.length - 1)];
      (neighbourRow?.tr ?? row.group.body).querySelector("[data-remove], [data-add]").focus();
    }
  }

  submitted(event) {
    // A button that takes the report as it is: it is saved, not sent.
    if (event.submitter?.formNoValidate) return;
    this.attempted = true;
    const counts = this.update();
    const wrong = counts.get("fail") + counts.get("missing") > 0;
    const unexplained = wrong ? null : this.summary.unexplained();
    if (!wrong && unexplained === null) return;
    event.preventDefault();
    this.summary.toggle(true);
    (unexplained ?? this.summary.panel).focus();
    this.say(wrong ? "chưa gửi được: còn lỗi hoặc còn thiếu" : "chưa gửi được: còn cảnh báo chưa giải trình");
  }

  /** Make changes that can be taken back in one stroke. */
  make(changes) {
    const change = new Change(this.report);
    const words = changes(change);
    if (!change.isEmpty) this.undoable.push(change);
    this.typed = false;
    this.update();
    return words;
  }

  undo() {
    this.undoable.pop().undo();
    if (this.editing?.enterable) this.editing.startEditing();
    for (const text of this.report.texts) this.count(text);
    this.update();
    this.say("đã hoàn tác");
  }

  save() {
    const { data } = this.report;
    const name = [data.regime, headField("@unit").value, headField("@period").value].filter(Boolean).join("-");
    download(`${name.replace(/[^A-Za-z0-9_.-]/g, "_")}.json`, writeDocument(this.report));
  }

  async load(input) {
    const [file] = input.files;
    input.value = "";
    if (file === undefined) return;
    this.say(this.open(await file.text()));
  }

  say(words) {
    this.message.textContent = words;
  }

  count({ element: field, max }) {
    const length = [...textOf(field)].length;
    setText(document.getElementById(`${field.id}-count`), `${length} / ${max} ký tự`);
  }

  /** Compute, and show what came of it; after a change in one cell only what depends on it. */
  update(changed) {
    const { report } = this;
    for (const cell of report.compute(changed)) {
      const text = cell.printed(cell.value);
      if (this.shown.get(cell) !== text) {
        this.shown.set(cell, text);
        if (cell.element.tagName === "OUTPUT") cell.element.textContent = text;
        else cell.element.value = text;
      }
    }
    // What is asked only on a condition is not there until that is known to hold.
    for (const { element, slot } of this.conditional) element.hidden = report.frame[slot] !== true;
    for (const { values, outputs } of this.sentences) {
      for (const [index, output] of outputs.entries()) {
        setText(output, this.said(values[index]));
      }
    }
    this.undoButton.hidden = this.undoable.length === 0;
    const { findings, passed } = findingsOf(report, (element) => this.attempted || this.touched.has(element), this.editing);
    const counts = this.summary.show(findings, passed);
    document.getElementById("bieu-form").dispatchEvent(new CustomEvent("bieu:shown"));
    return counts;
  }

  said(inserted) {
    const { type, versus, measure } = inserted;
    const { now, then } = this.report.said(inserted);
    if (versus === undefined) return shownValue(now, type, this.report.lists);
    return changeWords(now, then, type, versus, measure);
  }
}

const { bieu } = globalThis;
bieu.form = new Form(JSON.parse(document.getElementById("bieu-data").textContent), bieu.program);
