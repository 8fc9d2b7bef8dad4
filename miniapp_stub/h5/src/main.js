// The start of the browser mini-app: puts the parts together once and shows the first screen.

import './older_phones.js';
import { createApi } from '../../core/api.js';
import { createChallenges } from '../../core/challenges.js';
import { createInbox } from '../../core/inbox.js';
import { openPhotoStore } from '../../core/photo_store.js';
import { createPhotos } from '../../core/photos.js';
import { createPictures } from '../../core/pictures.js';
import { createQueue, createSender } from '../../core/queue.js';
import { createRemembered } from '../../core/remembered.js';
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
const photos = createPhotos({
  store: openPhotoStore(window.indexedDB), api, owner: session.owner, onSafe: (conversation) => queue.isReady(conversation) && sender.wake(),
});
const queue = createQueue({ vault, api, owner: session.owner, isSafe: photos.isSafe, ready: photos.look, onTold: (id) => photos.release(id) });
const sender = createSender(queue);
const challenges = createChallenges({ vault, api, owner: session.owner });
const inbox = createInbox({ vault, api, queue, session, language });
const key = () => `${session.owner()}/${language()}`;
const templates = createTemplates({ vault, api, key });
const starts = createStarts({ vault, api, key });
const remembered = createRemembered({ vault, key });
const pictures = createPictures({
  api,
  make: (blob) => URL.createObjectURL(blob),
  revoke: (address) => URL.revokeObjectURL(address),
  pause: (ms) => new Promise((done) => setTimeout(done, ms)),
});
const configuration = createConfiguration(vault, fetchHere);

// A picture that was closed leaves the screen where it is now, not where it was when it was opened.
window.history.scrollRestoration = 'manual';

// Here and not in a screen: no signal is missed between two of them.
const wake = () => {
  sender.wake();
  photos.wake();
};
window.addEventListener('online', wake);
window.addEventListener('pageshow', (event) => event.persisted && wake());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake());
photos.wake();

const parts = { session, api, queue, sender, photos, challenges, remembered, inbox, templates, starts, pictures, configuration, signedOut, language, fetch: fetchHere };
render(html`<${App} parts=${parts} />`, document.getElementById('app'));
