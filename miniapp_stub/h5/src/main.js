// The start of the browser mini-app: puts the parts together once and shows the first screen.

import './older_phones.js';
import { createApi } from '../../core/api.js';
import { createInbox } from '../../core/inbox.js';
import { createPictures } from '../../core/pictures.js';
import { createQueue, createSender } from '../../core/queue.js';
import { createSession } from '../../core/session.js';
import { createStarts } from '../../core/starts.js';
import { createTemplates } from '../../core/templates.js';
import { createVault, workingStorage } from '../../core/vault.js';
import { App } from './app.js';
import { createConfiguration } from './configuration.js';
import { html, render } from './view.js';

const vault = createVault(workingStorage(() => window.localStorage));
const session = createSession(vault);
const signedOut = { tell: () => {} };
const language = () => session.language(navigator.language);
const fetchHere = (...request) => window.fetch(...request);
const api = createApi({ fetch: fetchHere, session, language, onSignedOut: () => signedOut.tell() });
const queue = createQueue({ vault, api, owner: session.owner });
const sender = createSender(queue);
const inbox = createInbox({ vault, api, queue, session, language });
const templates = createTemplates({ vault, api, key: () => `${session.owner()}/${language()}` });
const starts = createStarts({ vault, api, key: () => `${session.owner()}/${language()}` });
const pictures = createPictures({
  api,
  make: (blob) => URL.createObjectURL(blob),
  revoke: (address) => URL.revokeObjectURL(address),
  pause: (ms) => new Promise((done) => setTimeout(done, ms)),
});
const configuration = createConfiguration(vault, fetchHere);

// Here and not in a screen: no signal is missed between two of them.
window.addEventListener('online', () => sender.wake());
window.addEventListener('pageshow', (event) => event.persisted && sender.wake());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && sender.wake());

const parts = { session, api, queue, sender, inbox, templates, starts, pictures, configuration, signedOut, language, fetch: fetchHere };
render(html`<${App} parts=${parts} />`, document.getElementById('app'));
