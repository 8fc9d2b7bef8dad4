// What may be started without being asked, below what is asked: one tap begins it, or leads to what it is started on.

import { addressOf } from '../../../core/beginning.js';
import { html, useApp, useEffect, useState } from '../view.js';
import { Icon } from './icons.js';

export function Starts() {
  const { t, starts } = useApp();
  const [flows, setFlows] = useState(starts.all);
  useEffect(() => {
    starts.refresh().then(setFlows);
  }, []);
  if (!flows.length) return null;
  return html`<section class="group" aria-label=${t('starts')}>
    <h2 class="group__title">${t('starts')}</h2>
    <ul class="weui-cells list starts">${flows.map((one) => html`<li key=${one.flow}>
      <a class="weui-cell weui-cell_active cell" href=${`#/${wayTo(one)}`}><span class="weui-cell__bd">${one.title}</span><${Icon} name="next" /></a>
    </li>`)}</ul>
  </section>`;
}

const wayTo = ({ flow, subject_kind: kind }) => (kind ? `startable/${encodeURIComponent(flow)}` : addressOf({ flow }));
