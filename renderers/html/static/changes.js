// Changes made in one stroke (a paste, a removed row, an opened file) and taking them back.
//
// Taking back restores a cell only where it still holds what the change put there: what was typed since stays.

class Change {
  constructor(report) {
    this.report = report;
    this.cells = [];
    this.rows = [];
    this.gone = [];
  }

  /** Put a text into a cell; false where it could not be read. */
  write(cell, text) {
    const before = cell.element.value;
    const read = cell.write(text);
    this.cells.push({ cell, before, after: held(cell) });
    return read;
  }

  /** A self-added row was made. */
  added(row) {
    this.rows.push(row);
  }

  /** A self-added row was taken out at a place of its group. */
  removed(group, row, index) {
    this.gone.push({ group, row, index });
  }

  get isEmpty() {
    return this.cells.length + this.rows.length + this.gone.length === 0;
  }

  undo() {
    for (const { cell, before, after } of this.cells.toReversed()) {
      if (held(cell) === after) cell.write(before);
    }
    for (const row of this.rows) {
      if (row.cells.every((cell) => !cell?.enterable || cell.value === null)) this.report.removeRow(row);
    }
    for (const { group, row, index } of this.gone.toReversed()) this.report.insertRow(group, row, index);
  }
}

/** What a cell holds, however it is written at the moment: its value, or the text that could not be read. */
function held(cell) {
  return cell.value ?? cell.element.value;
}
