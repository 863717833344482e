// What is wrong with the report, at the top of the page and at each cell.
//
// Four kinds, never mixed: fail (blocks sending), missing (an answer is required), warn (to be corrected or explained),
// wait (a check that cannot be made yet, because cells are blank). A list item is kept as long as its finding stays, so
// that an explanation half written is not lost.

const LISTED = 200;
const KINDS = [
  ["fail", "Lỗi phải sửa"],
  ["missing", "Còn thiếu"],
  ["warn", "Cảnh báo: kiểm tra lại hoặc giải trình"],
  ["wait", "Chưa kiểm tra được"],
];

class Summary {
  constructor(report) {
    this.report = report;
    this.panel = document.getElementById("bieu-summary");
    this.button = document.getElementById("bieu-state");
    this.items = new Map();
    this.marked = new Map();
    this.explanations = new Map();
    this.lists = new Map();
    for (const [kind, title] of KINDS) {
      const heading = element("h2", { id: `bieu-${kind}` }, title);
      const list = element("ul", { className: kind });
      list.setAttribute("aria-labelledby", heading.id);
      this.panel.append(heading, list);
      this.lists.set(kind, { heading, list });
    }
    this.passed = element("p", { className: "passed" }, "");
    this.panel.append(this.passed);
    this.button.addEventListener("click", () => this.toggle(this.panel.hidden));
    this.panel.addEventListener("click", (event) => this.follow(event));
    this.panel.addEventListener("input", (event) => this.explanations.set(event.target.name, event.target.value));
  }

  toggle(open) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }

  /** A link leads into its cell, past whatever stays in view above it. */
  follow(event) {
    const link = event.target.closest("a");
    if (link === null) return;
    event.preventDefault();
    const target = link.bieuTarget;
    if (target.tagName === "OUTPUT") target.tabIndex = -1;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center", inline: "center" });
  }

  /** Show what is found now. */
  show(findings, passed) {
    const counts = new Map(KINDS.map(([kind]) => [kind, 0]));
    const seen = new Set();
    const marks = new Map();
    for (const finding of findings) {
      const count = counts.get(finding.kind) + 1;
      counts.set(finding.kind, count);
      if (count <= LISTED) {
        const item = this.item(finding);
        seen.add(finding.key);
        for (const cell of finding.marks) mark(marks, cell, finding, item.id);
      } else for (const cell of finding.marks) mark(marks, cell, finding, null);
    }
    for (const [key, item] of this.items) {
      if (!seen.has(key)) {
        item.remove();
        this.items.delete(key);
      }
    }
    for (const [kind, title] of KINDS) {
      const { heading, list } = this.lists.get(kind);
      const count = counts.get(kind);
      setText(heading, `${title} (${count})${count > LISTED ? `, ${LISTED} mục đầu` : ""}`);
      heading.hidden = list.hidden = count === 0;
    }
    setText(this.passed, `Đạt ${passed} phép kiểm tra.`);
    this.showState(counts, passed);
    this.mark(marks);
    return counts;
  }

  /** The list item of a finding, made or brought up to date. */
  item(finding) {
    const { list } = this.lists.get(finding.kind);
    let item = this.items.get(finding.key);
    if (item === undefined || item.parentNode !== list) {
      item?.remove();
      item = element("li", { id: `bieu-at-${finding.key}` });
      const link = element("a", { className: "where" });
      item.append(link, element("span", {}));
      if (finding.explain) item.append(this.explanationOf(finding));
      list.append(item);
      this.items.set(finding.key, item);
    }
    const [link, words] = item.children;
    link.bieuTarget = finding.target;
    link.setAttribute("href", `#${finding.target.id}`);
    setText(link, finding.where);
    setText(words, `${finding.where === "" ? "" : ": "}${finding.words}`);
    return item;
  }

  explanationOf(finding) {
    const box = element("textarea", { name: finding.explain, rows: 2, maxLength: 2000 });
    box.value = this.explanations.get(finding.explain) ?? "";
    const label = element("label", {}, "Giải trình");
    label.append(box);
    return label;
  }

  /** The first explanation that is asked for and not given, or null. */
  unexplained() {
    return [...this.panel.querySelectorAll("textarea")].find((box) => stripped(box.value) === "") ?? null;
  }

  showState(counts, passed) {
    const words = [];
    const say = (kind, text) => counts.get(kind) > 0 && words.push(`${counts.get(kind)} ${text}`);
    say("fail", "lỗi");
    say("missing", "mục còn thiếu");
    say("warn", "cảnh báo");
    const settled = words.length === 0;
    say("wait", "phép kiểm tra chưa đủ số liệu");
    let state = counts.get("fail") > 0 ? "fail" : counts.get("missing") + counts.get("warn") > 0 ? "warn" : "wait";
    if (this.report.isBlank) words.splice(0, words.length, "Chưa nhập số liệu");
    else if (settled && counts.get("wait") === 0) {
      state = "pass";
      words.push(passed > 0 ? `Đạt cả ${passed} phép kiểm tra` : "Không có lỗi");
    } else if (settled) words.unshift("Chưa thấy lỗi");
    setText(this.button, words.join(" · "));
    this.button.dataset.state = this.report.isBlank ? "wait" : state;
  }

  /** Mark the cells that findings speak of, and unmark those they no longer do. */
  mark(marks) {
    for (const [cell, old] of this.marked) if (!marks.has(cell)) unmark(cell, old);
    for (const [cell, state] of marks) {
      const old = this.marked.get(cell);
      if (old !== undefined && sameMark(old, state)) state.note = old.note;
      else {
        if (old !== undefined) unmark(cell, old);
        apply(cell, state);
      }
    }
    this.marked = marks;
  }
}

const WEIGHT = { wait: 0, missing: 1, warn: 2, fail: 3 };

function mark(marks, cell, finding, id) {
  const state = marks.get(cell) ?? { kind: "wait", ids: [], beside: "", note: null };
  if (WEIGHT[finding.kind] > WEIGHT[state.kind]) state.kind = finding.kind;
  if (id !== null) state.ids.push(id);
  if (finding.beside) state.beside = finding.words;
  marks.set(cell, state);
}

function sameMark(left, right) {
  return left.kind === right.kind && left.beside === right.beside && left.ids.join(" ") === right.ids.join(" ");
}

function apply(cell, state) {
  const { element: control } = cell;
  control.dataset.state = state.kind;
  if (state.kind === "fail" || state.kind === "missing") control.setAttribute("aria-invalid", "true");
  if (state.ids.length > 0) control.setAttribute("aria-describedby", state.ids.join(" "));
  if (state.beside !== "") {
    state.note = element("span", { className: "note" }, state.beside);
    control.after(state.note);
  }
}

function unmark(cell, state) {
  const { element: control } = cell;
  delete control.dataset.state;
  control.removeAttribute("aria-invalid");
  control.removeAttribute("aria-describedby");
  state.note?.remove();
}

/** An element with properties and text. Text is only ever text: nothing an author wrote is read as markup. */
function element(name, properties, text) {
  const made = Object.assign(document.createElement(name), properties);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Set a text only where it differs: a screen reader need not hear it again. */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
