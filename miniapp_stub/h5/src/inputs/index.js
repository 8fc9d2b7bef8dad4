// One input per kind of step (CONTRACT §3). A new kind is one file and one line here.

import { html, useApp } from '../view.js';
import { Choice } from './choice.js';
import { Choices } from './choices.js';
import { Confirm } from './confirm.js';
import { DateInput } from './date.js';
import { NumberInput } from './number.js';
import { Photo } from './photo.js';
import { Place } from './place.js';
import { Signature } from './signature.js';
import { Table } from './table.js';
import { TextInput } from './text.js';

const INPUTS = {
  choice: Choice,
  choices: Choices,
  confirm: Confirm,
  quantity: NumberInput,
  amount: NumberInput,
  date: DateInput,
  text: TextInput,
  table: Table,
  photo: Photo,
  place: Place,
  signature: Signature,
};

/** The input of a kind; each takes `{ask, value, busy, conversation, pending, retake, onAnswer}`. */
export const inputFor = (kind) => INPUTS[kind] ?? Unsupported;

function Unsupported() {
  const { t } = useApp();
  return html`<p class="remark">${t('not_supported')}</p>`;
}
