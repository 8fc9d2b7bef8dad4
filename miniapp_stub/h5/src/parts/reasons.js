// Why a proof is looked at twice: a shape, a word and a colour for how much it weighs.

import { html, useApp } from '../view.js';
import { Icon } from './icons.js';

const ICONS = { hold: 'hold', red: 'warning', hint: 'hint' };
const ORDER = ['hold', 'red', 'hint'];

const weightOf = ({ level }) => ORDER.indexOf(level);

/** The heaviest first. */
export function Reasons({ reasons }) {
  const { t } = useApp();
  if (!reasons?.length) return null;
  const sorted = [...reasons].sort((a, b) => weightOf(a) - weightOf(b));
  return html`<ul class="reasons">${sorted.map((one, at) => html`<li key=${at} class=${`reason reason_${one.level}`}>
    <${Icon} name=${ICONS[one.level] ?? 'hint'} /><span><b class="reason__level">${t(`level_${one.level}`)}</b>${one.text}</span>
  </li>`)}</ul>`;
}

/** The heaviest level among reasons, null where there are none. */
export const worstOf = (reasons) => ORDER.find((level) => reasons?.some((one) => one.level === level)) ?? null;
