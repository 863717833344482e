// The submission as a JSON document: written from the page, and read back into it.

/** The document's text. Numbers are written digit by digit, never through a double. */
function writeDocument(report) {
  const { data } = report;
  const content = new Map();
  let slot = 0;
  for (const table of data.tables) {
    const rows = new Map();
    for (const [row] of table.rows) {
      const values = valuesOf(report.cells.slice(slot, slot + table.columns.length));
      slot += table.columns.length;
      if (values.size > 0) rows.set(row, values);
    }
    for (const group of report.groups) {
      if (group.table !== table.name) continue;
      const added = group.rows.map((row) => valuesOf(row.cells)).filter((values) => values.size > 0);
      if (added.length > 0) rows.set(group.row, added);
    }
    if (rows.size > 0) content.set(table.name, rows);
  }
  for (const { name, element } of report.texts) {
    if (stripped(element.value) !== "") content.set(name, textOf(element));
  }
  const head = new Map([
    ["regime", data.regime], ["version", data.version], ["template", data.template],
    ["unit", headField("@unit").value], ["period", headField("@period").value], ["data", content],
  ]);
  const captured = capturedOf(report);
  if (captured.size > 0) head.set("captured", captured);
  return `${jsonText(head)}\n`;
}

/** The value a narrative's field holds, as it is stored: composed letters, one sign for the end of a line. */
function textOf(element) {
  return element.value.replace(/\r\n?/g, "\n").normalize("NFC");
}

function headField(name) {
  return document.getElementsByName(name)[0];
}

/** What was entered in some cells; computed cells are left out, whoever reads the document computes them. */
function valuesOf(cells) {
  const values = new Map();
  for (const cell of cells) {
    if (cell === undefined || !cell.enterable || cell.value === null) continue;
    values.set(cell.column.name, cell.isNumber ? new Digits(jsonNumber(cell.value, cell.type)) : cell.value);
  }
  return values;
}

/** What was taken over from earlier reports. */
function capturedOf(report) {
  const functions = new Map();
  for (const [index, [name, table, row, column]] of report.data.captures.entries()) {
    const value = report.captured[index];
    if (value === false) continue;
    const type = report.slots.get(table).get(row).get(column).type;
    let place = functions;
    for (const step of [name, table, row]) {
      if (!place.has(step)) place.set(step, new Map());
      place = place.get(step);
    }
    place.set(column, value === null ? null : numberOrText(value, type));
  }
  return functions;
}

/** A number past 15 digits travels as a text, so that no reader's double bends it. */
function numberOrText(value, type) {
  const digits = jsonNumber(value, type);
  return (value < 0n ? -value : value) < DIGIT_LIMIT ? new Digits(digits) : digits;
}

/** A number's own digits. */
class Digits {
  constructor(text) {
    this.text = text;
  }
}

function jsonText(value) {
  if (value instanceof Digits) return value.text;
  if (value instanceof Map) {
    return `{${[...value].map(([name, part]) => `${JSON.stringify(name)}:${jsonText(part)}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  return JSON.stringify(value);
}

/** Put a document into the page. Gives what to tell: what is not this form's is left out and counted. */
function readDocument(report, text, change) {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    return "Tệp không phải là JSON.";
  }
  const entries = (value) => (isObject(value) ? Object.entries(value) : []);
  if (!isObject(parsed) || !isObject(parsed.data)) return "Tệp không phải là dữ liệu báo cáo.";
  if (parsed.regime !== report.data.regime) return `Đây là báo cáo «${shortened(parsed.regime)}», không phải «${report.data.regime}».`;
  if (parsed.version !== report.data.version) {
    return `Báo cáo theo phiên bản ${shortened(parsed.version)}, biểu mẫu đang dùng là ${report.data.version}.`;
  }
  const counts = { taken: 0, left: 0 };
  const texts = new Map(report.texts.map((text) => [text.name, text]));
  const groups = new Map(report.groups.map((group) => [`${group.table}[${group.row}]`, group]));
  clear(report, change);
  for (const [name, value] of entries(parsed.data)) {
    const places = report.slots.get(name);
    if (texts.has(name) && typeof value === "string") {
      change.write(narrative(texts.get(name).element), value);
      counts.taken += 1;
    } else if (places === undefined) counts.left += 1;
    else for (const [row, content] of entries(value)) {
      const group = groups.get(`${name}[${row}]`);
      if (group !== undefined) readRows(report, group, content, change, counts);
      else if (!places.has(row)) counts.left += 1;
      else for (const [column, scalar] of entries(content)) takeScalar(places.get(row).get(column), scalar, change, counts);
    }
  }
  for (const name of ["unit", "period"]) {
    const field = headField(`@${name}`);
    if (field.type !== "hidden" && typeof parsed[name] === "string") field.value = parsed[name];
  }
  const left = counts.left > 0 ? `, bỏ qua ${counts.left} giá trị không nhận được` : "";
  return `Đã mở ${counts.taken} giá trị${left}.`;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shortened(value) {
  return String(value).slice(0, 60);
}

/** Empty everything a unit fills in, before a document takes its place. */
function clear(report, change) {
  for (const cell of report.cells) if (cell.enterable && cell.element.value !== "") change.write(cell, "");
  for (const { element } of report.texts) if (element.value !== "") change.write(narrative(element), "");
  for (const group of report.groups) {
    for (const row of [...group.rows].reverse()) {
      change.removed(group, row, group.rows.indexOf(row));
      report.removeRow(row);
    }
  }
}

function readRows(report, group, content, change, counts) {
  for (const item of Array.isArray(content) ? content : []) {
    if (!report.canAdd(group) || !isObject(item)) {
      counts.left += 1;
      continue;
    }
    const row = report.addRow(group);
    change.added(row);
    const cells = new Map(row.cells.map((cell) => [cell?.column.name, cell]));
    for (const [column, scalar] of Object.entries(item)) takeScalar(cells.get(column), scalar, change, counts);
  }
}

/** Put one JSON value into a cell. Computed cells compute themselves. */
function takeScalar(cell, scalar, change, counts) {
  if (scalar === null || (cell !== undefined && !cell.enterable)) return;
  const text = cell === undefined ? null : scalarText(cell, scalar);
  if (text !== null && change.write(cell, text)) counts.taken += 1;
  else counts.left += 1;
}

/** A JSON value as it would be typed, or null where the cell doesn't take it. */
function scalarText(cell, scalar) {
  if (!cell.isNumber) {
    if (cell.type.kind === "boolean") return typeof scalar === "boolean" ? String(scalar) : null;
    return typeof scalar === "string" ? scalar : null;
  }
  if (typeof scalar !== "number") return null;
  const value = scaledNumber(scalar, cell.type);
  return value === null ? null : formatNumber(value, cell.type);
}

/** A narrative's field, with as much of a cell as changing it back takes. */
function narrative(element) {
  return {
    element,
    write(text) {
      element.value = text;
      return true;
    },
  };
}

/** Hand a text to the browser as a file to keep. */
function download(name, text) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
