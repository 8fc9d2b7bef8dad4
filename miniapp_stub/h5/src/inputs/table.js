// A table as a list of cards: each line shows its facts, opens to be changed, and only what was changed is sent.

import { changedCells, changedCount, columnsOf, edited, isSheet, missing, tableValue } from '../../../core/table.js';
import { html, useApp, useState } from '../view.js';
import { cellProblem } from './cell.js';
import { Next } from './next.js';
import { SheetRow } from './sheet_row.js';
import { TableRow } from './table_row.js';

export function Table({ ask, value, busy, rejection, onAnswer }) {
  const { t, language } = useApp();
  const { constraints } = ask;
  const [edits, setEdits] = useState(value ?? {});
  const [open, setOpen] = useState(() => firstOpen(constraints, value));
  const edit = (row, columns, key, cell) =>
    setEdits((before) => ({ ...before, [row.key]: edited(row, columns, before[row.key] ?? {}, key, cell) }));
  const restore = (row) => setEdits((before) => ({ ...before, [row]: {} }));
  const Row = isSheet(constraints) ? SheetRow : TableRow;
  const { problem, row: wrongRow } = tableProblem(t, language, constraints, edits);
  return html`<${Next} busy=${busy} problem=${problem} onRefused=${() => wrongRow && setOpen(wrongRow)}
    onNext=${() => onAnswer(tableValue(constraints, edits))}>
    <ul class="rows" aria-labelledby="ask">
      ${constraints.rows.map((row) => [row, columnsOf(row, constraints.columns)]).map(([row, columns]) => html`<${Row}
        key=${row.key} row=${row} columns=${columns} edits=${edits[row.key] ?? {}} open=${open === row.key}
        refused=${(rejection?.cells ?? []).filter((cell) => cell.row === row.key)}
        onToggle=${() => setOpen(open === row.key ? null : row.key)}
        onEdit=${(key, cell) => edit(row, columns, key, cell)} onRestore=${() => restore(row.key)} />`)}
    </ul>
  <//>`;
}

/** A single line, or the first one changed before, stands open: one tap less. */
function firstOpen({ rows }, value) {
  if (rows.length === 1) return rows[0].key;
  return rows.find((row) => Object.keys(value?.[row.key] ?? {}).length)?.key ?? null;
}

/** The first thing that keeps the table from being sent, as `{problem, row}` in words; '' when nothing does. */
function tableProblem(t, language, constraints, edits) {
  const least = constraints.min_changed_cells ?? 0;
  if (changedCount(constraints, edits) < least) return { problem: t('nothing_changed') };
  for (const row of constraints.rows) {
    const problem = rowProblem(t, language, columnsOf(row, constraints.columns), row, edits[row.key] ?? {});
    if (problem) return { problem: `${row.text}: ${problem}`, row: row.key };
  }
  return { problem: '' };
}

function rowProblem(t, language, columns, row, edits) {
  const wrong = Object.entries(changedCells(row, edits)).map(([key, cell]) => {
    const column = columns.find((one) => one.key === key);
    return column && cell !== null ? cellProblem(t, language, column, cell) : '';
  });
  const lacking = missing(columns, row, edits).map((column) => column.text);
  return wrong.find(Boolean) ?? (lacking.length ? t('row_missing', { texts: lacking.join(' · ') }) : '');
}
