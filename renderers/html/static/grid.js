// Moving between cells as in a spreadsheet, and pasting a block copied from one.
//
// A table is a grid of places. A self-added row has its own columns left of the table's, so places may be negative
// columns; a printed row has nothing there.

/** The rows of cells of a table from top to bottom: [{tr, cells: Map of column → Cell}]. */
function gridRows(table) {
  const rows = [];
  for (const tr of table.querySelectorAll("tbody > tr:not(.group-head)")) {
    const own = [...tr.querySelectorAll(".own [data-column]")];
    const cells = new Map();
    own.forEach((element, index) => cells.set(index - own.length, element.bieuCell));
    [...tr.querySelectorAll("td > [data-slot], td > [data-column]")].forEach((element, index) =>
      cells.set(index, element.bieuCell),
    );
    rows.push({ tr, cells });
  }
  return rows;
}

/** Where a cell stands: {rows, row, column}. */
function gridPlace(cell) {
  const table = cell.element.closest("table");
  if (table === null) return null; // a field of the outline stands by itself
  const rows = gridRows(table);
  for (const [row, { cells }] of rows.entries()) {
    for (const [column, other] of cells) if (other === cell) return { rows, row, column };
  }
  return null;
}

/** The next cell that takes the focus, from a cell in a direction; null at the edge. */
function neighbour(cell, down, right) {
  const place = gridPlace(cell);
  if (place === null) return null;
  const { rows } = place;
  let { row, column } = place;
  const columns = [...rows[row].cells.keys()];
  for (;;) {
    row += down;
    column += right;
    if (row < 0 || row >= rows.length) return null;
    if (right !== 0 && (column < Math.min(...columns) || column > Math.max(...columns))) return null;
    const next = rows[row].cells.get(column);
    if (next !== undefined && next.letter !== "c" && next.letter !== "n") return next;
  }
}

/** The cell a key leads to from a cell: undefined where the key keeps its own meaning, null at the edge. */
function destination(cell, event) {
  const { element } = cell;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === "Enter") return neighbour(cell, event.shiftKey ? -1 : 1, 0);
  // Arrows choose in a drop-down and count in a date: only Enter and Tab leave those.
  if (event.shiftKey || element.tagName === "SELECT" || element.type === "date") return undefined;
  const { selectionStart: start, selectionEnd: end, value } = element;
  const all = start === 0 && end === value.length;
  switch (event.key) {
    case "ArrowUp":
      return element.tagName !== "TEXTAREA" || all || end === 0 ? neighbour(cell, -1, 0) : undefined;
    case "ArrowDown":
      return element.tagName !== "TEXTAREA" || all || start === value.length ? neighbour(cell, 1, 0) : undefined;
    case "ArrowLeft":
      return all || end === 0 ? neighbour(cell, 0, -1) : undefined;
    case "ArrowRight":
      return all || start === value.length ? neighbour(cell, 0, 1) : undefined;
    default:
      return undefined;
  }
}

/** A block as spreadsheets copy it: rows of texts. A cell with tabs, line ends or quotes stands in quotes. */
function blockOf(text) {
  const rows = [[]];
  let field = "";
  let quoted = false;
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let at = 0; at < source.length; at++) {
    const letter = source[at];
    if (quoted) {
      if (letter === '"' && source[at + 1] === '"') field += source[++at];
      else if (letter === '"') quoted = false;
      else field += letter;
    } else if (letter === '"' && field === "" && closes(source, at)) quoted = true;
    else if (letter === "\t" || letter === "\n") {
      rows.at(-1).push(field);
      field = "";
      if (letter === "\n") rows.push([]);
    } else field += letter;
  }
  rows.at(-1).push(field);
  return rows;
}

/** Whether the quote at a place opens a quoted cell: it is closed right before a tab, a line end or the end. */
function closes(source, start) {
  return /^"(?:[^"]|"")*"(?=[\t\n]|$)/.test(source.slice(start));
}

/** Spread a block over the cells from one on, every text in its own place. Counts what became of them. */
function spread(report, cell, block, change) {
  const counts = { pasted: 0, computed: 0, unread: 0, outside: 0 };
  const place = gridPlace(cell);
  if (place === null) {
    const [[text]] = block;
    if (!cell.enterable) counts.computed += 1;
    else if (change.write(cell, text)) counts.pasted += 1;
    else counts.unread += 1;
    counts.outside = block.flat().length - 1;
    return counts;
  }
  let rows = place.rows;
  for (const [down, texts] of block.entries()) {
    const row = place.row + down;
    // A block that runs past the rows a unit has added adds more of them, before whatever is printed below.
    const group = rows[row - 1]?.tr.classList.contains("added") ? report.groupOf(rows[row - 1].tr) : null;
    if (down > 0 && group !== null && report.groupOf(rows[row]?.tr) !== group && report.canAdd(group)) {
      change.added(report.addRow(group));
      rows = gridRows(cell.element.closest("table"));
    }
    for (const [right, text] of texts.entries()) {
      const target = rows[row]?.cells.get(place.column + right);
      if (target === undefined) counts.outside += stripped(text) === "" ? 0 : 1;
      else if (!target.enterable) counts.computed += 1;
      else if (change.write(target, text)) counts.pasted += 1;
      else counts.unread += 1;
    }
  }
  return counts;
}

/** What a paste did, in words. */
function pasteWords({ pasted, computed, unread, outside }) {
  const words = [`đã dán ${pasted} ô`];
  if (computed > 0) words.push(`bỏ qua ${computed} ô tự tính`);
  if (unread > 0) words.push(`${unread} ô không đọc được`);
  if (outside > 0) words.push(`${outside} ô nằm ngoài biểu`);
  return words.join(", ");
}
