// The demo's people, grouped by organisation: who one may be.

import { html, useApp } from '../view.js';
import { Icon } from './icons.js';

export function PeopleChooser({ people, onChoose, busy }) {
  const { t } = useApp();
  return grouped(people).map(([organisation, kind, members]) => html`<section key=${organisation} class="group">
    <h2 class="group__title">${organisation}<span class="group__kind">${t(`kind_${kind}`)}</span></h2>
    <ul class="weui-cells list">
      ${members.map((person) => html`<li key=${person.wechat_user}>
        <button type="button" class="weui-cell weui-cell_active cell" disabled=${Boolean(busy)} onClick=${() => onChoose(person)}>
          <span class="avatar" aria-hidden="true">${person.name.slice(0, 1)}</span>
          <span class="weui-cell__bd">${person.name}</span>
          <span class="cell__note">${busy === person.wechat_user ? t('signing_in') : t(`role_${person.role}`)}</span>
          <${Icon} name="next" />
        </button>
      </li>`)}
    </ul>
  </section>`);
}

function grouped(people) {
  const groups = new Map();
  for (const person of people) {
    const [, , members] = groups.get(person.organisation) ?? [person.organisation, person.kind, []];
    groups.set(person.organisation, [person.organisation, person.kind, [...members, person]]);
  }
  return [...groups.values()];
}
