// What somebody said, as paragraphs; a long one is folded, and opens where it stands.

import { html, useApp, useState } from '../view.js';

// About a screen of a small phone; a little more is not worth a fold.
const FOLDED = 170;
const WORTH_FOLDING = 240;

/** Would this text be folded? A Chinese character takes the room of two Latin letters. */
export const isLong = (text) => room(text) > WORTH_FOLDING * 2;

const room = (text) => [...(text ?? '')].reduce((sum, letter) => sum + (letter > '⺀' ? 2 : 1), 0);

export function LongText({ text }) {
  const { t } = useApp();
  const [open, setOpen] = useState(false);
  if (!isLong(text)) return html`<p class="bubble__text">${text}</p>`;
  const paragraphs = (open ? text : `${beginningOf(text)}…`).split(/\n+/).filter(Boolean);
  return html`<div class="bubble__text bubble__text_long">
    ${paragraphs.map((one, at) => html`<p key=${at}>${one}</p>`)}
    <button type="button" class="link fold" aria-expanded=${open} onClick=${() => setOpen(!open)}>${t(open ? 'fold_less' : 'fold_more')}</button>
  </div>`;
}

function beginningOf(text) {
  let left = FOLDED * 2;
  const kept = [...text].findIndex((letter) => (left -= letter > '⺀' ? 2 : 1) < 0);
  return [...text].slice(0, kept).join('').trimEnd();
}
