// What a conversation is about and what was said in it.

import { answerText } from '../../../core/format.js';
import { askOf, correctable } from '../../../core/conversation.js';
import { Fragment, html, useApp } from '../view.js';
import { Compared } from './compared.js';
import { Icon } from './icons.js';
import { LongText } from './long_text.js';
import { Proof } from './proof.js';
import { AnsweredPhotos } from './photos.js';

/** `conversation` is where the reader comes back to from what the card leads to; without one it leads nowhere. */
export function SubjectCard({ subject, conversation }) {
  const { t } = useApp();
  const card = subject?.card;
  if (!card) return null;
  const leads = conversation && subject.kind === 'purchase_order';
  return html`<section class="card subject">
    <h2 class="subject__title">${card.title}</h2>
    <${Facts} facts=${card.facts} />
    ${leads && html`<a class="link subject__more" href=${orderAddress(subject.id, conversation)}>${t('order_history')}</a>`}
  </section>`;
}

/** Where the history of an order is; `conversation` is where one comes from. */
export const orderAddress = (id, conversation) =>
  `#/order/${encodeURIComponent(id)}${conversation ? `?from=${encodeURIComponent(conversation)}` : ''}`;

export function Facts({ facts }) {
  if (!facts?.length) return null;
  return html`<dl class="facts">${facts.map(([name, value], at) => html`<div key=${at} class="facts__one"><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function Transcript({ state, dialogue }) {
  const { conversation, pending } = state;
  const messages = withoutCurrentAsk(conversation);
  const last = Object.fromEntries(messages.map((message, at) => [`${message.from}/${message.step}`, at]));
  return html`<div class="chatlog" role="log"><ol class="chat">
    ${messages.map((message, at) => html`<${Fragment} key=${at}><${Bubble} message=${message}
      onCorrect=${last[`me/${message.step}`] === at && mayCorrect(state, message.step) && (() => dialogue.correct(message.step))} />
      <${Drawn} step=${conversation.steps.find((one) => one.step === message.step)} />
      ${last[`me/${message.step}`] === at && html`<${Pictures} state=${state} step=${message.step} value=${conversation.answers[message.step]?.value} dialogue=${dialogue} />`}<//>`)}
    ${pending.map((answer) => html`<${Waiting} key=${answer.id} conversation=${conversation} answer=${answer} unsent=${state.unsent} />
      <${Pictures} state=${state} step=${answer.step} value=${answer.value} />`)}
  </ol></div>`;
}

/** The photos that an answer names, under it; one that was found wanting is taken again by one tap. */
function Pictures({ state, step, value, dialogue }) {
  const { conversation } = state;
  const kind = conversation.steps.find((one) => one.step === step)?.kind;
  if (!value || (kind !== 'photo' && kind !== 'signature')) return null;
  const redo = dialogue && kind === 'photo' && mayCorrect(state, step) ? (photo) => dialogue.correct(step, photo) : null;
  return html`<${AnsweredPhotos} value=${value} conversation=${conversation} onRedo=${redo} />`;
}

/** What a note carries to be drawn beneath it. */
function Drawn({ step }) {
  const { compared, proof } = (step?.kind === 'note' && step.constraints?.data) || {};
  return html`${compared && html`<${Compared} compared=${compared} />`}${proof && html`<${Proof} proof=${proof} />`}`;
}

const mayCorrect = ({ conversation, busy }, step) => !busy && correctable(conversation, step);

/** The messages without the question that the dock asks anyway. */
function withoutCurrentAsk({ turn, messages }) {
  const last = messages[messages.length - 1];
  const repeated = turn.ask && last?.from === 'partnerline' && last.step === turn.ask.step && last.text === turn.ask.text;
  return repeated ? messages.slice(0, -1) : messages;
}

function Bubble({ message, onCorrect }) {
  const { t } = useApp();
  const speaker = { me: t('you'), colleague: message.name ?? t('colleague'), partnerline: t('partnerline') }[message.from];
  return html`<li class=${`bubble bubble_${message.from}`}>
    <span class=${message.from === 'colleague' ? 'bubble__who' : 'unseen'}>${speaker}</span>
    <${LongText} text=${message.text} />
    ${onCorrect && html`<button type="button" class="bubble__correct" aria-label=${t('correct_what', { text: message.text })} onClick=${onCorrect}>${t('correct')}</button>`}
  </li>`;
}

function Waiting({ conversation, answer, unsent }) {
  const { t, language } = useApp();
  const ask = askOf(conversation, answer.step);
  return html`<${Fragment}>
    ${ask && html`<${Bubble} message=${{ from: 'partnerline', text: ask.text }} />`}
    <li class="bubble bubble_me bubble_waiting">
    <span class="unseen">${t('you')}</span>
    <p class="bubble__text">${ask ? answerText(ask, answer.value, language) : ''}</p>
    <span class="bubble__state"><${Icon} name="waiting" />${t(unsent ? 'not_sent' : 'sending')}</span>
  </li><//>`;
}
