// The report on the page: its cells, its self-added rows, and what the formulas make of them.

class Report {
  constructor(data, program) {
    this.data = data;
    this.program = program;
    this.lists = new Map(
      Object.entries(data.lists).map(([name, labels]) => [name, new Map(Object.entries(labels))]),
    );
    this.captured = data.captured.map((value) => (typeof value === "string" ? BigInt(value) : value));
    this.outcomes = [];
    this.overflow = false;
    this.frame = [];
    this.cells = [];
    this.slots = new Map();
    this.placeStatic();
    this.groups = data.groups.map((group, number) => this.placeGroup(group, number));
    this.texts = data.texts.map((text) => ({ ...text, element: document.getElementsByName(text.name)[0] }));
    // Behind the cells stand what sentences say, then what was taken over from earlier reports.
    while (this.frame.length < data.capturesAt) this.frame.push(null);
    for (const value of this.captured) this.frame.push(value === false ? undefined : value);
  }

  /**
   * Fill in the computed cells and make every check; gives the cells to show anew. After a change in one cell of a
   * computed report, given as `changed`, only what depends on it is computed.
   */
  compute(changed) {
    const rows = this.groups.map((group) => group.rows.map((row) => row.frame));
    const alone = changed !== undefined && changed.frame === this.frame && !this.overflow;
    this.overflow = false;
    try {
      if (alone) {
        const { cells, checks } = this.program.recompute(this.frame, rows, [changed.index]);
        for (const [number, outcome] of checks) this.outcomes[number] = outcome;
        return cells.filter((slot) => slot < this.cells.length).map((slot) => this.cells[slot]);
      }
      this.program.compute(this.frame, rows);
      this.outcomes = this.program.checks(this.frame, rows);
    } catch (problem) {
      if (!(problem instanceof RangeError)) throw problem;
      // A number is too large to compute with: nothing computed is shown rather than something wrong.
      this.overflow = true;
      for (const cell of this.computed()) if (cell.letter === "c") cell.frame[cell.index] = null;
      for (let slot = this.cells.length; slot < this.data.capturesAt; slot++) this.frame[slot] = null;
      this.outcomes = this.data.places.map(([, , , , group]) => (group === null ? null : rows[group].map(() => null)));
    }
    return [...this.computed()];
  }

  /** Every cell that the program fills in: computed, or taken over from an earlier report. */
  *computed() {
    for (const cell of this.cells) if (cell.letter === "c" || (cell.letter === "a" && !cell.enterable)) yield cell;
    for (const group of this.groups) {
      for (const row of group.rows) yield* row.cells.filter((cell) => cell?.letter === "c");
    }
  }

  /** What a value of a sentence is now, and was then. */
  said({ now, then }) {
    return { now: this.frame[now] ?? null, then: this.frame[then] ?? null };
  }

  /** Every static cell, in slot order, and its control on the page. */
  placeStatic() {
    const controls = [];
    for (const element of document.querySelectorAll("[data-slot]")) controls[element.dataset.slot] = element;
    let slot = 0;
    for (const table of this.data.tables) {
      const columns = table.columns.map(prepared);
      const places = new Map();
      this.slots.set(table.name, places);
      let at = 0;
      for (const [row, label] of table.rows) {
        places.set(row, new Map());
        for (const column of columns) {
          const words = `${label} › ${column.words}`;
          const cell = new Cell(controls[slot], column, table.kinds[at++], this.frame, slot, words);
          this.frame[slot] = null;
          this.cells.push(cell);
          places.get(row).set(column.name, cell);
          slot += 1;
        }
      }
    }
    for (const cell of this.cells) if (cell.enterable) cell.read();
  }

  /** A group of self-added rows. Rows left empty on the page are there for those without a program: they go. */
  placeGroup(data, number) {
    const body = document.querySelector(`tbody[data-group="${number}"]`);
    const group = { ...data, number, body, rows: [], pattern: document.querySelector(`template[data-pattern="${number}"]`) };
    group.columns = data.columns.map(prepared);
    for (const tr of [...body.querySelectorAll("tr.added")]) {
      const row = this.bind(group, tr);
      const unread = row.cells.some((cell) => cell?.enterable && cell.element.value !== "");
      if (!unread && row.frame.every((value) => value === null)) tr.remove();
      else group.rows.push(row);
    }
    this.renumber(group);
    return group;
  }

  /** The cells of a self-added row on the page. */
  bind(group, tr) {
    const row = { group, tr, frame: group.columns.map(() => null), cells: [] };
    for (const element of tr.querySelectorAll("[data-column]")) {
      const index = Number(element.dataset.column);
      const column = group.columns[index];
      const cell = new Cell(element, column, column.kind, row.frame, index, `${group.label} › ${column.words}`);
      if (cell.enterable) cell.read();
      row.cells[index] = cell;
    }
    tr.bieuRow = row;
    return row;
  }

  groupOf(tr) {
    return tr?.bieuRow?.group ?? null;
  }

  canAdd(group) {
    return group.max === null || group.rows.length < group.max;
  }

  /** A new empty row at the end of a group. */
  addRow(group) {
    const row = this.bind(group, group.pattern.content.firstElementChild.cloneNode(true));
    this.insertRow(group, row, group.rows.length);
    return row;
  }

  insertRow(group, row, index) {
    const next = group.rows[index];
    if (next === undefined) group.body.append(row.tr);
    else next.tr.before(row.tr);
    group.rows.splice(index, 0, row);
    this.renumber(group);
  }

  removeRow(row) {
    const index = row.group.rows.indexOf(row);
    if (index < 0) return;
    row.group.rows.splice(index, 1);
    row.tr.remove();
    this.renumber(row.group);
  }

  /** Names, ids and labels follow the place of a row: the form is posted by them. */
  renumber(group) {
    const headId = group.body.querySelector(".group-head > th").id;
    for (const [index, row] of group.rows.entries()) {
      const number = index + 1;
      const rowId = `${headId}-${number}`;
      row.tr.dataset.index = String(number);
      const label = row.tr.querySelector("th.names");
      if (label !== null) label.id = rowId;
      for (const stub of row.tr.querySelectorAll("[data-number]")) stub.textContent = String(number);
      for (const cell of row.cells) {
        if (cell === undefined) continue;
        const name = `${group.table}[${group.row}][${number}].${cell.column.name}`;
        cell.label = `${group.label} ${number} › ${cell.column.words}`;
        cell.element.id = encodedId(name);
        if (cell.element.tagName !== "OUTPUT") cell.element.name = name;
        cell.element.setAttribute("aria-label", cell.label);
        const td = cell.element.closest("td");
        if (td?.hasAttribute("headers")) {
          const headings = td.getAttribute("headers").split(" ").slice(2);
          td.setAttribute("headers", [headId, rowId, ...headings].join(" "));
        }
      }
      const remove = row.tr.querySelector("[data-remove]");
      if (remove !== null) {
        remove.hidden = false;
        remove.setAttribute("aria-label", `Xóa dòng ${number} của ${group.label}`);
      }
    }
    const count = group.body.querySelector(".count");
    const most = group.max === null ? "" : ` (tối đa ${group.max})`;
    count.textContent = group.rows.length === 0 ? `Chưa có dòng nào${most}` : `${group.rows.length} dòng${most}`;
    group.body.querySelector("[data-add]").disabled = !this.canAdd(group);
  }

  /** Every cell a unit may fill in. */
  *enterable() {
    for (const cell of this.cells) if (cell.enterable) yield cell;
    for (const group of this.groups) for (const row of group.rows) yield* row.cells.filter((cell) => cell?.enterable);
  }

  get isBlank() {
    for (const cell of this.enterable()) if (cell.value !== null || cell.problem !== null) return false;
    return this.texts.every(({ element }) => stripped(element.value) === "");
  }
}

/** A column's limits as numbers that can be compared. */
function prepared(column) {
  const found = { ...column };
  for (const side of ["low", "high"]) {
    if (column[side] !== undefined) found[side] = { value: BigInt(column[side][0]), words: column[side][1], code: column[side][2] };
  }
  return found;
}

/** An element id for an address, encoded as the page's own are (renderers/html/names.py). */
function encodedId(text) {
  return encodeURIComponent(text)
    .replace(/%5B/g, "[").replace(/%5D/g, "]").replace(/%3A/g, ":")
    .replace(/[!'*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
