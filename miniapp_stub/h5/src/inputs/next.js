// An input with its "next" button: Enter sends, and what is wrong is said where it is, once one has tried.

import { html, useApp, useState } from '../view.js';

export function Next({ problem, busy, onNext, onRefused, children, text }) {
  const { t } = useApp();
  const [tried, setTried] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    setTried(true);
    if (problem) onRefused?.();
    else if (!busy) onNext();
  };
  return html`<form class="next" novalidate onSubmit=${submit}>
    ${children}
    <p class="next__problem" id="problem" role="alert">${tried && problem}</p>
    <button type="submit" class="weui-btn weui-btn_primary" disabled=${busy}>${text ?? t('next')}</button>
  </form>`;
}
