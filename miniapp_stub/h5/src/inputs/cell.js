// One cell of a table row, by its column's kind.

import { typedNumber } from '../../../core/format.js';
import { filled } from '../../../core/table.js';
import { html, useApp } from '../view.js';
import { dateProblem } from './date.js';
import { numberProblem } from './number.js';

/** `value` is what the cell holds now; `required` says that the row cannot do without it. */
export function Cell({ id, column, value, required, onEdit }) {
  const { t } = useApp();
  const Field = FIELDS[column.kind] ?? TextCell;
  return html`<div class="cellbox">
    <label class="cellbox__label" for=${id} id=${`${id}-label`}>${column.text}${required && !filled(value) && html` <span class="cellbox__required">${t('required')}</span>`}</label>
    <${Field} id=${id} column=${column} value=${value ?? ''} required=${required} onEdit=${(cell) => onEdit(cell === '' ? null : cell)} />
  </div>`;
}

function ChoiceCell({ id, column, value, required, onEdit }) {
  const { t } = useApp();
  if (column.options.length <= 3) return html`<${Segments} id=${id} column=${column} value=${value} onEdit=${onEdit} />`;
  return html`<select id=${id} class="cellbox__input" value=${value} onChange=${(event) => onEdit(event.target.value)}>
    ${(!required || value === '') && html`<option value="">${t('none_chosen')}</option>`}
    ${column.options.map((option) => html`<option key=${option.key} value=${option.key}>${option.text}</option>`)}
  </select>`;
}

function Segments({ id, column, value, onEdit }) {
  return html`<div class="segments" id=${id} role="group" aria-labelledby=${`${id}-label`}>
    ${column.options.map((option) => html`<button
      key=${option.key} type="button" class="segments__one" aria-pressed=${option.key === value} onClick=${() => onEdit(option.key)}
    >${option.text}</button>`)}
  </div>`;
}

function NumberCell({ id, column, value, onEdit }) {
  return html`<span class="cellbox__with">
    ${column.currency && html`<span class="field__unit">${column.currency}</span>`}
    <input id=${id} class="cellbox__input" value=${value} autocomplete="off" inputmode=${column.decimals ? 'decimal' : 'numeric'}
      onInput=${(event) => onEdit(typedNumber(event.target.value, column.decimals) ?? event.target.value)} />
    ${column.unit && html`<span class="field__unit">${column.unit}</span>`}
  </span>`;
}

function DateCell({ id, column, value, onEdit }) {
  return html`<input id=${id} class="cellbox__input" type="date" value=${value} min=${column.min} max=${column.max}
    onInput=${(event) => onEdit(event.target.value)} />`;
}

function TextCell({ id, column, value, onEdit }) {
  return html`<input id=${id} class="cellbox__input" value=${value} maxlength=${column.max_length} onInput=${(event) => onEdit(event.target.value)} />`;
}

const FIELDS = { choice: ChoiceCell, quantity: NumberCell, amount: NumberCell, date: DateCell, text: TextCell };

/** What is wrong with a cell, in words; '' when nothing is. */
export function cellProblem(t, language, column, cell) {
  if (column.kind === 'quantity' || column.kind === 'amount') return numberProblem(t, column, cell);
  return column.kind === 'date' ? dateProblem(t, language, column, cell) : '';
}
