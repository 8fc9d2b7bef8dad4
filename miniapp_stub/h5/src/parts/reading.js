// What has to be read before the question beneath it can be answered: the screen stays where the reader is.

import { isLong } from './long_text.js';

/** A proof with its photos throughout; a long text until the first answer. */
export function isRead({ steps, messages, answers }) {
  if (steps.some((step) => step.constraints?.data?.proof)) return true;
  return Object.keys(answers).length === 0 && messages.some((message) => message.from === 'partnerline' && isLong(message.text));
}
