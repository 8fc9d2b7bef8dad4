// The start of the browser mini-app: puts the parts together once and shows the first screen.

import './older_phones.js';
import { createApi } from '../../core/api.js';
import { createQueue } from '../../core/queue.js';
import { createSession } from '../../core/session.js';
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
const configuration = createConfiguration(vault, fetchHere);

const parts = { vault, session, api, queue, configuration, signedOut, language, fetch: fetchHere };
render(html`<${App} parts=${parts} />`, document.getElementById('app'));
