// What is wrong with the report now: faults of single cells, missing answers, repeated keys, and checks.
//
// A finding is {key, kind, where, words, target, marks, beside, explain}: `target` is the element its link leads to,
// `marks` the cells to mark, `beside` whether its words also stand beside the cell.

/** All findings, and how many checks hold. `asked` tells whether a blank field may be called missing already. */
function findingsOf(report, asked, editing) {
  const findings = [];
  for (const cell of report.enterable()) addCell(findings, cell, asked(cell.element), cell === editing);
  for (const text of report.texts) addText(findings, text, text.required || report.frame[text.when] === true, asked(text.element));
  for (const group of report.groups) if (group.key !== null) addRepeated(findings, group);
  const passed = addChecks(findings, report);
  if (report.overflow) {
    findings.push({
      key: "overflow", kind: "fail", where: "", words: MESSAGES.overflow,
      target: document.getElementById("bieu-content"), marks: [], beside: false,
    });
  }
  return { findings, passed };
}

function addCell(findings, cell, asked, edited) {
  const missing = cell.column.required && cell.value === null && cell.problem === null;
  if (missing && !asked) return;
  const words = missing ? MESSAGES.required : cell.fault();
  // A number half typed is no fault yet.
  if (words === null || (edited && cell.element.dataset.state === undefined)) return;
  findings.push({
    key: cell.element.id, kind: missing ? "missing" : "fail", where: cell.label, words,
    target: cell.element, marks: [cell], beside: true,
  });
}

function addText(findings, text, needed, asked) {
  const value = textOf(text.element);
  const length = [...value].length;
  const missing = needed && stripped(value) === "";
  const long = length > text.max;
  if (!long && !(missing && asked)) return;
  const words = missing ? MESSAGES.required : message("text_too_long", { length: String(length), limit: String(text.max) });
  findings.push({
    key: text.name, kind: missing ? "missing" : "fail", where: text.label, words,
    target: text.element, marks: [text], beside: true,
  });
}

/** Keys of self-added rows are unique within the report: compared composed, trimmed, white space folded, case kept. */
function addRepeated(findings, group) {
  const index = group.columns.findIndex((column) => column.name === group.key);
  const first = new Map();
  for (const [place, row] of group.rows.entries()) {
    const cell = row.cells[index];
    if (cell === undefined || cell.value === null) continue;
    const key = stripped(cell.printed(cell.value).normalize("NFC")).replace(new RegExp(`${SPACE}+`, "g"), " ");
    if (first.has(key)) {
      findings.push({
        key: `${cell.element.id}-repeated`, kind: "fail", where: cell.label,
        words: message("duplicate_key", { found: key, first: String(first.get(key)) }),
        target: cell.element, marks: [cell], beside: true,
      });
    } else first.set(key, place + 1);
  }
}

/** Checks that fail, one by one; checks that wait, one line each, however many places wait. Gives how many hold. */
function addChecks(findings, report) {
  const waiting = new Map();
  let passed = 0;
  const judge = (holds, check, key, where, address, cells, words) => {
    if (holds === true) passed += 1;
    else if (holds === false) findings.push(failure(check, key, where, address, cells, words()));
    else {
      const wait = waiting.get(check) ?? { places: 0, marks: [], target: null };
      wait.places += 1;
      const filled = cells.filter((cell) => cell.value !== null);
      // A place where nothing was entered yet needs no mark.
      if (filled.length > 0) wait.marks.push(...cells.filter((cell) => cell.value === null));
      wait.target ??= cells.find((cell) => cell.value === null)?.element ?? cells[0]?.element;
      waiting.set(check, wait);
    }
  };
  for (const [number, [index, where, address, reads, groupNumber, sides]] of report.data.places.entries()) {
    const check = report.data.checks[index];
    const outcome = report.outcomes[number];
    if (groupNumber === null) {
      const words = () => failureWords(check, sides, report.frame);
      judge(outcome, check, `${number}`, where, address, reads.map((slot) => report.cells[slot]), words);
      continue;
    }
    for (const [place, row] of report.groups[groupNumber].rows.entries()) {
      const cells = reads.map((column) => row.cells[column]);
      const nth = place + 1;
      judge(outcome[place], check, `${number}-${nth}`, `${where} ${nth}`, `${address}[${nth}]`, cells, () => check.message);
    }
  }
  for (const [check, { places, marks, target }] of waiting) {
    if (target === undefined) continue;
    findings.push({
      key: `wait-${check.name}`, kind: "wait", where: check.message,
      words: places === 1 ? "còn ô trống" : `còn ô trống ở ${places} nơi`, target, marks, beside: false,
    });
  }
  return passed;
}

function failure(check, key, where, address, cells, words) {
  const target = cells.find((cell) => cell.enterable) ?? cells[0];
  return {
    key, kind: check.severity === "error" ? "fail" : "warn", where: where === "" ? check.name : where,
    words, target: target?.element ?? document.getElementById("bieu-content"), marks: cells, beside: false,
    explain: check.severity === "warning" && check.explain ? `@explain(${check.name}:${address})` : undefined,
  };
}

/** What failed, with both sides of the comparison where there are two. */
function failureWords(check, sides, frame) {
  if (sides === null) return check.message;
  const [left, right] = sides.map((side) => sideText(side, frame));
  return message("check_failed", { message: check.message, left, right });
}

/** One side as a number: with the decimals it must have, and as many more as it needs. */
function sideText([slot, scale, percent, least], frame) {
  let value = frame[slot] ?? null;
  if (value === null) return BLANK;
  while (scale < least) {
    value *= 10n;
    scale += 1;
  }
  while (scale > least && value % 10n === 0n) {
    value /= 10n;
    scale -= 1;
  }
  return formatNumber(value, { kind: percent ? "percent" : "decimal", scale });
}
