// How often did the two agree? Counts by area, and the table of issue and README.

const MEASURED = ['verdict', 'line', 'insns', 'states', 'log', 'length'];
/** How often the two must agree, in percent of the programs (`line`: of the rejected ones, `length`: of the accepted). */
const LEVELS = { verdict: 99, line: 97, insns: 95, states: 93, log: 90, length: 99 };
/** Of fewer programs, percentages say nothing. */
const ENOUGH = 500;
const percent = (part, of) => (of === 0 ? '–' : `${((100 * part) / of).toFixed(2)} %`);

/** Counts comparisons. */
export class Tally {
  rows = new Map();
  /** Programs that the machine did not judge. */
  forbidden = 0;

  /** @param area whatever the table is to have a row for */
  add(area, real, comparison) {
    if (comparison.forbidden === true) {
      this.forbidden++;
      return;
    }
    let row = this.rows.get(area);
    if (row === undefined) this.rows.set(area, (row = { programs: 0, accepted: 0, falseAccept: 0, unsupported: 0, crash: 0, verdict: 0, line: 0, insns: 0, states: 0, log: 0, length: 0 }));
    const { differs } = comparison;
    row.programs++;
    if (real.errno === 0) row.accepted++;
    const none = differs.includes('crash') || differs.includes('unsupported');
    for (const key of ['falseAccept', 'unsupported', 'crash']) if (differs.includes(key)) row[key]++;
    for (const key of MEASURED) {
      if ((key === 'line' && real.errno === 0) || (key === 'length' && real.errno !== 0)) continue;
      if (!none && !differs.includes(key)) row[key]++;
    }
  }

  /** Sums over all rows. */
  total() {
    const sum = {};
    for (const row of this.rows.values()) for (const [key, value] of Object.entries(row)) sum[key] = (sum[key] ?? 0) + value;
    return sum;
  }

  /** What keeps this from being good enough, in words. */
  failures() {
    const sum = this.total();
    const failures = ['falseAccept', 'crash'].filter((key) => sum[key] > 0).map((key) => `${key}: ${sum[key]}`);
    if (sum.programs < ENOUGH) return failures;
    for (const key of MEASURED) {
      const of = { line: sum.programs - sum.accepted, length: sum.accepted }[key] ?? sum.programs;
      if (100 * sum[key] < LEVELS[key] * of) failures.push(`${key}: ${percent(sum[key], of)}, ${LEVELS[key]} % asked`);
    }
    return failures;
  }

  /** The agreement table as text. */
  table() {
    const titles = ['', 'programs', 'accepted', 'verdict', 'last line', 'insns', 'states', 'log', 'length', 'not modelled', 'thrown', 'false accepts'];
    const line = (name, row) => [
      name,
      row.programs,
      percent(row.accepted, row.programs),
      percent(row.verdict, row.programs),
      percent(row.line, row.programs - row.accepted),
      ...['insns', 'states', 'log'].map((key) => percent(row[key], row.programs)),
      percent(row.length, row.accepted),
      row.unsupported,
      row.crash,
      row.falseAccept,
    ];
    const lines = [titles, ...[...this.rows].map(([name, row]) => line(name, row))];
    if (this.rows.size > 1) lines.push(line('all', this.total()));
    const widths = titles.map((_, column) => Math.max(...lines.map((cells) => String(cells[column]).length)));
    const note = this.forbidden === 0 ? '' : `\n${this.forbidden} more that this machine lets nobody load (EPERM)`;
    return lines.map((cells) => cells.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column]))).join('  ')).join('\n') + note;
  }
}
