// One line of a table that is all figures: they stand side by side, filled in from before, and are typed over where they stand.

import { grouped, typedNumber } from '../../../core/format.js';
import { cellsOf, changedCells, filled } from '../../../core/table.js';
import { Facts } from '../parts/transcript.js';
import { html, useApp } from '../view.js';
import { cellProblem } from './cell.js';

export function SheetRow({ row, columns, edits, refused, onEdit, onRestore }) {
  const { t } = useApp();
  const changed = Object.keys(changedCells(row, edits)).length > 0;
  const units = [...new Set(columns.map((column) => column.unit ?? column.currency))];
  return html`<li class=${`row ${changed ? 'row_changed' : ''}`}>
    <fieldset class="sheet">
      <legend class="sheet__what"><strong>${row.text}</strong>${units.length === 1 && html`<span class="sheet__unit">${units[0]}</span>`}</legend>
      <${Facts} facts=${row.facts} />
      ${refused.map((cell) => html`<p key=${cell.column} class="row__bad">${cell.text}</p>`)}
      <div class="sheet__cells">
        ${columns.map((column) => html`<${Figure} key=${column.key} row=${row} column=${column} edits=${edits}
          onEdit=${(cell) => onEdit(column.key, cell === '' ? null : cell)} />`)}
      </div>
      ${changed && html`<button type="button" class="link sheet__undo" onClick=${onRestore}>${t('row_undo')}</button>`}
    </fieldset>
  </li>`;
}

/** One figure. As it was filled in before it looks softer; once typed over it says what it was. */
function Figure({ row, column, edits, onEdit }) {
  const { t, language } = useApp();
  const id = `${row.key}-${column.key}`;
  const value = cellsOf(row, edits)[column.key] ?? '';
  const before = row.cells?.[column.key];
  const isChanged = column.key in changedCells(row, edits);
  const problem = isChanged && filled(value) ? cellProblem(t, language, column, value) : '';
  const state = problem ? 'wrong' : isChanged ? 'changed' : filled(before) ? 'before' : 'empty';
  return html`<div class="figure">
    <label class="figure__label" for=${id}>${column.text}</label>
    <input id=${id} class=${`cellbox__input figure__input figure__input_${state}`} value=${value} autocomplete="off" enterkeyhint="next"
      inputmode=${column.decimals ? 'decimal' : 'numeric'} aria-invalid=${problem ? 'true' : undefined} aria-describedby=${`${id}-note`}
      onFocus=${(event) => event.target.select()}
      onInput=${(event) => onEdit(typedNumber(event.target.value, column.decimals) ?? event.target.value)} />
    <span class="figure__note" id=${`${id}-note`}>${problem || (isChanged && filled(before) && t('was', { text: grouped(before) }))}</span>
  </div>`;
}
