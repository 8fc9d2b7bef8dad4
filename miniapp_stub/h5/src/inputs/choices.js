// Several of some; of many, found by a word and taken all at once.

import { html, useApp, useState } from '../view.js';
import { Next } from './next.js';

// More than this do not fit on the screen.
const MANY = 8;

/** Does an ask offer more than is taken in at a glance? */
export const isLongList = ({ kind, constraints }) => kind === 'choices' && constraints.options.length > MANY;

export function Choices({ ask, value, busy, onAnswer }) {
  const { t } = useApp();
  const { options, min = 0, max = options.length } = ask.constraints;
  const [chosen, setChosen] = useState(value ?? []);
  const [sought, setSought] = useState('');
  const toggle = (key) => setChosen(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
  const shown = options.filter((option) => plain(option.text).includes(plain(sought)));
  const inOrder = options.map((option) => option.key).filter((key) => chosen.includes(key));
  const problem = inOrder.length < min ? t('choose_some', { min }) : '';
  return html`<${Next} busy=${busy} problem=${problem} onNext=${() => onAnswer(inOrder)}>
    ${isLongList(ask) && html`<${Search} sought=${sought} onSeek=${setSought} /><${All} shown=${shown} chosen=${chosen} max=${max} total=${options.length} onChoose=${setChosen} />`}
    <div class="checks" role="group" aria-labelledby="ask">
      ${shown.map((option) => html`<label key=${option.key} class="checks__one">
        <input type="checkbox" checked=${chosen.includes(option.key)} onChange=${() => toggle(option.key)}
          disabled=${!chosen.includes(option.key) && chosen.length >= max} />
        <span>${option.text}</span>
      </label>`)}
      ${!shown.length && html`<p class="hint">${t('choices_nothing')}</p>`}
    </div>
  <//>`;
}

/** As people look for it: full-width or not, large letters or small. */
const plain = (text) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');

function Search({ sought, onSeek }) {
  const { t } = useApp();
  return html`<div class="field checks__search">
    <input class="field__input" type="search" enterkeyhint="search" autocomplete="off" value=${sought} aria-label=${t('choices_search')}
      placeholder=${t('choices_search')} onInput=${(event) => onSeek(event.target.value)} onKeyDown=${(event) => event.key === 'Enter' && event.preventDefault()} />
  </div>`;
}

/** How many are taken, and all that are shown with one tap. */
function All({ shown, chosen, max, total, onChoose }) {
  const { t } = useApp();
  const keys = shown.map((option) => option.key);
  const isAll = keys.length > 0 && keys.every((key) => chosen.includes(key));
  const others = chosen.filter((key) => !keys.includes(key));
  const press = () => onChoose(isAll ? others : [...others, ...keys].slice(0, max));
  return html`<div class="checks__all">
    <span role="status">${t('choices_count', { count: chosen.length, total })}</span>
    <button type="button" class="link" onClick=${press}>${t(isAll ? 'choices_none' : 'choices_all')}</button>
  </div>`;
}
