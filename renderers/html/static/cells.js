// One cell of the page: what its control holds as text, what that means as a value, and what is wrong with it.
//
// A value is a scaled integer (BigInt), a text, date or code (string), a boolean, or null for blank. It stands in a
// frame, an array that the formulas read: the report's own for static cells, one per self-added row.

class Cell {
  constructor(element, column, letter, frame, index, label) {
    this.element = element;
    this.column = column;
    this.type = column.type;
    this.letter = letter;
    this.frame = frame;
    this.index = index;
    this.label = label;
    this.problem = null;
    // A cell of a row that only heads others has no control.
    if (element !== undefined) element.bieuCell = this;
  }

  get value() {
    return this.frame[this.index] ?? null;
  }

  /** Whether the unit fills it in: entered, or carried over with no earlier report to take it from. */
  get enterable() {
    return this.letter === "e" || (this.letter === "a" && !this.element.readOnly);
  }

  get isNumber() {
    return this.type.scale !== undefined;
  }

  /** Take the value over from what the control holds. */
  read() {
    const { value, problem } = this.parse(this.element.value);
    this.frame[this.index] = value;
    this.problem = problem;
  }

  /** What a text means in this cell: {value, problem}; value null is blank. */
  parse(text) {
    const given = stripped(text);
    if (given === "") return { value: null, problem: null };
    switch (this.type.kind) {
      case "text":
        // As a form is posted, and as Python counts: code points, one for the end of a line.
        return { value: text.replace(/\r\n?/g, "\n").normalize("NFC"), problem: null };
      case "date":
        return parseDate(given);
      case "boolean":
        return parseBoolean(given);
      case "choice":
        return this.parseChoice(given);
      default: {
        const parsed = parseNumber(text, this.type);
        return parsed.problem === undefined
          ? { value: parsed.value, problem: null }
          : { value: null, problem: message(parsed.problem, parsed.values) };
      }
    }
  }

  /** A code, or the label of one, among those the control offers. */
  parseChoice(given) {
    const options = [...this.element.options].filter((option) => option.value !== "");
    const found =
      options.find((option) => option.value === given) ??
      options.find((option) => folded(option.text) === folded(given));
    if (found !== undefined) return { value: found.value, problem: null };
    return { value: null, problem: message("not_in_list", { found: given, list: this.label }) };
  }

  /** Put a text in from outside, as if it had been typed and left. False where it could not be read. */
  write(text) {
    const { value, problem } = this.parse(text);
    if (problem === null) this.element.value = this.printed(value);
    else if (this.element.tagName === "SELECT" || this.type.kind === "date") this.element.value = "";
    else this.element.value = stripped(text);
    this.frame[this.index] = value;
    this.problem = problem;
    return problem === null;
  }

  /** Put a value in. */
  put(value) {
    this.frame[this.index] = value;
    this.problem = null;
    this.element.value = this.printed(value);
  }

  /** A value as the control holds it when nobody edits it. */
  printed(value) {
    if (value === null) return "";
    if (typeof value === "bigint") return formatNumber(value, this.type);
    return String(value);
  }

  /** A number is edited without its thousands, and shown with them. */
  startEditing() {
    if (this.isNumber && this.problem === null && this.value !== null && this.enterable) {
      this.element.value = rawNumber(this.value, this.type);
    }
    if (this.element.tagName !== "SELECT" && this.type.kind !== "date") this.element.select();
  }

  stopEditing() {
    if (this.enterable && this.problem === null && this.isNumber) this.element.value = this.printed(this.value);
  }

  /** What is wrong with what was entered, in words, or null. */
  fault() {
    if (!this.enterable) return null;
    if (this.problem !== null) return this.problem;
    const { value, column } = this;
    if (value === null) return null;
    if (typeof value === "bigint") {
      const found = formatNumber(value, this.type);
      if (column.low !== undefined && value < column.low.value) return message(column.low.code, { found, limit: column.low.words });
      if (column.high !== undefined && value > column.high.value) return message(column.high.code, { found, limit: column.high.words });
    }
    if (this.type.max !== undefined && typeof value === "string") {
      const length = [...value].length;
      if (length > this.type.max) return message("text_too_long", { length: String(length), limit: String(this.type.max) });
    }
    return null;
  }
}

/** Text for comparing labels: NFC, white space folded, case ignored. */
function folded(text) {
  return stripped(text.normalize("NFC")).replace(new RegExp(`${SPACE}+`, "g"), " ").toLowerCase();
}

/** A date as ISO or as written here, day first. */
function parseDate(given) {
  const iso = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(given);
  const here = /^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})$/.exec(given);
  const parts = iso !== null ? iso.slice(1) : here !== null ? [here[3], here[2], here[1]] : null;
  if (parts !== null) {
    const [year, month, day] = parts.map(Number);
    const date = new Date(Date.UTC(2000, month - 1, day));
    date.setUTCFullYear(year, month - 1, day);
    if (year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day) {
      const padded = [String(year).padStart(4, "0"), String(month).padStart(2, "0"), String(day).padStart(2, "0")];
      return { value: padded.join("-"), problem: null };
    }
  }
  return { value: null, problem: message("not_a_date", { found: given }) };
}

const TRUTHS = new Map([
  ["true", true], ["có", true], ["1", true], ["x", true],
  ["false", false], ["không", false], ["0", false],
]);

function parseBoolean(given) {
  const value = TRUTHS.get(folded(given));
  if (value !== undefined) return { value, problem: null };
  return { value: null, problem: message("not_a_boolean", { found: given }) };
}

/** A message of compiler/findings.toml with its values filled in; values are text, never markup. */
function message(code, values) {
  return MESSAGES[code].replace(/\{([a-z_]+)\}/g, (_, name) => values[name] ?? "");
}
