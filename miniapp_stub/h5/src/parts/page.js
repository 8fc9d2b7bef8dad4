// The frame of a screen: heading, content, and the three tabs at the bottom where the thumb is.

import { html, useApp, useEffect, useRef } from '../view.js';
import { Icon } from './icons.js';

const TABS = [
  ['inbox', '#/', 'tab_tasks'],
  ['history', '#/history', 'tab_history'],
  ['me', '#/me', 'tab_me'],
];

/** A screen with a heading that takes the focus when the screen opens, so that a screen reader says where one is. */
export function Page({ title, tab, back, action, children }) {
  const { t } = useApp();
  const heading = useRef();
  useEffect(() => {
    document.title = `${title} · ${t('app')}`;
    heading.current.focus({ preventScroll: true });
  }, [title]);
  return html`<div class=${tab ? 'page page_tabs' : 'page'}>
    <header class="bar">
      ${back && html`<a class="bar__back" href=${back} aria-label=${t('back')}><${Icon} name="back" /></a>`}
      <h1 class="bar__title" tabindex="-1" ref=${heading}>${title}</h1>
      <div class="bar__action">${action}</div>
    </header>
    <main class="page__main" id="content">${children}</main>
    ${tab && html`<${Tabs} current=${tab} />`}
  </div>`;
}

function Tabs({ current }) {
  const { t } = useApp();
  return html`<nav class="tabs" aria-label=${t('tabs')}>
    ${TABS.map(([name, address, text]) => html`<a
      key=${name} href=${address} class="tabs__tab" aria-current=${name === current ? 'page' : undefined}
    ><${Icon} name=${name} />${t(text)}</a>`)}
  </nav>`;
}

/** Something went wrong, said where the person looks, with the way to try again. */
export function Trouble({ error, onRetry }) {
  const { t, explain } = useApp();
  if (!error) return null;
  return html`<div class="trouble" role="alert">
    <p class="trouble__text">${explain(error)}</p>
    ${onRetry && html`<button type="button" class="weui-btn weui-btn_mini weui-btn_default" onClick=${onRetry}>${t('retry')}</button>`}
  </div>`;
}

export function Loading() {
  const { t } = useApp();
  return html`<p class="loading" role="status"><i class="weui-primary-loading" aria-hidden="true"></i>${t('loading')}</p>`;
}

export function Empty({ title, text }) {
  return html`<div class="empty"><${Icon} name="empty" /><p class="empty__title">${title}</p><p>${text}</p></div>`;
}
