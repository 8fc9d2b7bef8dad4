// One line of a table: folded it reads like the paper order, open it can be changed and split into deliveries.

import { answerText } from '../../../core/format.js';
import { cellsOf, changedCells, deliveries, filled, isRejected, isRequired } from '../../../core/table.js';
import { Facts } from '../parts/transcript.js';
import { html, useApp, useState } from '../view.js';
import { Cell } from './cell.js';

export function TableRow({ row, columns, edits, refused, open, onToggle, onEdit, onRestore }) {
  const { t } = useApp();
  const changed = Object.keys(changedCells(row, edits)).length > 0;
  return html`<li class=${`row ${changed ? 'row_changed' : ''}`}>
    <div class="row__head">
      <div class="row__what"><strong>${row.text}</strong>${changed && html`<span class="chip chip_person">${t('row_changed')}</span>`}</div>
      <button type="button" class="link row__toggle" aria-expanded=${open} aria-label=${open ? undefined : t('row_change_what', { text: row.text })} onClick=${onToggle}>
        ${t(open ? 'row_ready' : 'row_change')}
      </button>
    </div>
    <${Facts} facts=${row.facts} />
    ${refused.map((cell) => html`<p key=${cell.column} class="row__bad">${cell.text}</p>`)}
    ${!open && html`<${Summary} row=${row} columns=${columns} edits=${edits} />`}
    ${open && html`<${Editor} row=${row} columns=${columns} edits=${edits} onEdit=${onEdit} />
      ${changed && html`<button type="button" class="link" onClick=${onRestore}>${t('row_undo')}</button>`}`}
  </li>`;
}

/** The changed cells of a folded row: "Quantity 80 (was 100)". */
function Summary({ row, columns, edits }) {
  const { t, language } = useApp();
  const changed = changedCells(row, edits);
  const said = columns.filter((column) => column.key in changed);
  if (!said.length) return null;
  const write = (column, cell) => (filled(cell) ? answerText({ kind: column.kind, constraints: column }, cell, language) : '–');
  return html`<ul class="row__changes">${said.map((column) => html`<li key=${column.key}>
    ${column.text}: <b>${write(column, changed[column.key])}</b>
    ${filled(row.cells?.[column.key]) && html` <span class="row__was">${t('was', { text: write(column, row.cells[column.key]) })}</span>`}
  </li>`)}</ul>`;
}

function Editor({ row, columns, edits, onEdit }) {
  const cells = cellsOf(row, edits);
  const { groups, others } = deliveries(columns);
  const field = (column) => html`<${Cell} key=${column.key} id=${`${row.key}-${column.key}`} column=${column} value=${cells[column.key]}
    required=${isRequired(column, row, edits, columns)} onEdit=${(cell) => onEdit(column.key, cell)} />`;
  const shown = others.filter((column) => isShown(column, row, edits, columns));
  const [before, after] = splitAt(shown, columns, groups);
  return html`<div class="row__cells">
    ${before.map(field)}
    ${!isRejected(row, columns, edits) && html`<${Deliveries} groups=${groups} cells=${cells} field=${field} onEdit=${onEdit} />`}
    ${after.map(field)}
  </div>`;
}

/** One delivery, or up to as many as the table has columns for. */
function Deliveries({ groups, cells, field, onEdit }) {
  const { t } = useApp();
  const [extra, setExtra] = useState(0);
  const used = groups.filter((group) => group.number === 1 || group.columns.some((column) => filled(cells[column.key]))).length;
  const shown = Math.min(groups.length, Math.max(used, extra));
  const remove = (group) => {
    for (const column of group.columns) onEdit(column.key, null);
    setExtra(group.number - 1);
  };
  return html`<div>
    ${groups.slice(0, shown).map((group) => html`<${Delivery} key=${group.number} group=${group} split=${shown > 1}
      onRemove=${group.number === shown && group.number > 1 && (() => remove(group))}>${group.columns.map(field)}<//>`)}
    ${shown < groups.length && html`<button type="button" class="link" onClick=${() => setExtra(shown + 1)}>${t('delivery_add')}</button>`}
  </div>`;
}

/** Columns before and after the deliveries, in the order of the table. */
function splitAt(others, columns, groups) {
  const first = groups.length ? columns.indexOf(groups[0].columns[0]) : columns.length;
  return [others.filter((column) => columns.indexOf(column) < first), others.filter((column) => columns.indexOf(column) >= first)];
}

/** A column that is only sometimes needed (a reason) appears when it is. */
function isShown(column, row, edits, columns) {
  return !column.required_if || isRequired(column, row, edits, columns) || filled(cellsOf(row, edits)[column.key]);
}

function Delivery({ group, split, onRemove, children }) {
  const { t } = useApp();
  if (!split) return html`<div class="delivery">${children}</div>`;
  return html`<fieldset class="delivery delivery_split">
    <legend>${t('delivery', { number: group.number })}</legend>
    ${children}
    ${onRemove && html`<button type="button" class="link" onClick=${onRemove}>${t('delivery_remove')}</button>`}
  </fieldset>`;
}
