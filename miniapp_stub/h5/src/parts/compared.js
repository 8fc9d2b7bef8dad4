// What stood and what is proposed side by side, line by line, with why somebody is asked.

import { html, useApp } from '../view.js';

export function Compared({ compared }) {
  return html`<li class="compared"><ul>
    ${compared.rows.map((row, at) => html`<li key=${at} class="compared__row"><${Row} row=${row} /></li>`)}
    ${compared.more && html`<li class="compared__row compared__more">${compared.more}</li>`}
  </ul></li>`;
}

function Row({ row }) {
  const { t } = useApp();
  return html`<strong class="compared__what">${row.text}</strong>
    <div class="compared__sides"><${Side} side=${row.before} /><${Side} side=${row.after} mark="compared__side_new" /></div>
    <p class="compared__why">
      ${(row.why ?? []).map((why) => html`<span key=${why} class="chip chip_person">${why}</span>`)}
      ${row.reason && html`<span>${t('reason_is', { text: row.reason })}</span>`}
    </p>`;
}

/** "90 pcs · 2026-12-25" in two lines: half a phone is narrow. */
function Side({ side, mark = '' }) {
  return html`<div class=${`compared__side ${mark}`}>
    <span class="compared__label">${side.text}</span>
    ${side.values.map((value) => {
      const [what, day] = value.split(' · ');
      return html`<p key=${value} class="compared__value"><b>${what}</b>${day && html`<span>${day}</span>`}</p>`;
    })}
  </div>`;
}
