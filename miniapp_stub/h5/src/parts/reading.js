// What has to be read before the question beneath it can be answered: the screen stays where the reader is. And the way back to the question.

import { isLong } from './long_text.js';

/** A proof says itself what it is about. */
export const showsProof = ({ steps }) => steps.some((step) => step.constraints?.data?.proof);

/** A proof with its photos throughout; a long text until the first answer. */
export function isRead(conversation) {
  if (showsProof(conversation)) return true;
  const { messages, answers } = conversation;
  return Object.keys(answers).length === 0 && messages.some((message) => message.from === 'partnerline' && isLong(message.text));
}

/** The focus goes to the question: where what had it is gone, or what is asked has to be said anew. */
export const toQuestion = () => document.getElementById('ask')?.focus({ preventScroll: true });
