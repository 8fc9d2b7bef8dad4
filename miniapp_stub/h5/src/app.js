// The frame around every screen: who is signed in, which language, which screen, what to do when the session ends.

import { due as dueOf, momentText } from '../../core/format.js';
import { Problem } from '../../core/errors.js';
import { texts } from './i18n.js';
import { routeOf } from './routes.js';
import { AppContext, html, useEffect, useMemo, useState } from './view.js';
import { Claims } from './views/claims.js';
import { Conversation } from './views/conversation.js';
import { History } from './views/history.js';
import { Inbox } from './views/inbox.js';
import { Invitation } from './views/invitation.js';
import { Me } from './views/me.js';
import { OrderHistory } from './views/order_history.js';
import { Several } from './views/several.js';
import { SignIn } from './views/sign_in.js';
import { Startable } from './views/startable.js';

const SCREENS = {
  inbox: Inbox, history: History, me: Me, several: Several, order: OrderHistory, startable: Startable, claims: Claims,
  task: Conversation, start: Conversation, conversation: Conversation,
};

export function App({ parts }) {
  const [route, setRoute] = useState(() => routeOf(window.location.hash));
  const [language, setLanguage] = useState(parts.language);
  const [person, setPerson] = useState(parts.session.owner);
  const [notice, setNotice] = useState('');
  const app = useMemo(() => appFor(parts, { language, setLanguage, setPerson, setNotice }), [language, person]);
  useEffect(() => onAddress(setRoute), []);
  useEffect(() => tellLanguage(app), [app]);
  useEffect(() => {
    parts.signedOut.tell = () => app.signedOut('signed_out');
  }, [app]);
  return html`<${AppContext.Provider} value=${app}>
    <${Screen} key=${`${route.screen}/${route.id}/${route.on}/${person}/${language}`} route=${route} person=${person} notice=${notice} />
  <//>`;
}

function Screen({ route, person, notice }) {
  if (route.screen === 'invitation') return html`<${Invitation} token=${route.id} />`;
  if (!person) return html`<${SignIn} notice=${notice} />`;
  const Chosen = SCREENS[route.screen];
  return html`<${Chosen} route=${route} />`;
}

function onAddress(setRoute) {
  const follow = () => {
    setRoute(routeOf(window.location.hash));
    window.scrollTo(0, 0);
  };
  window.addEventListener('hashchange', follow);
  return () => window.removeEventListener('hashchange', follow);
}

function tellLanguage({ language, t }) {
  document.documentElement.lang = language;
  document.title = t('app');
}

function appFor(parts, { language, setLanguage, setPerson, setNotice }) {
  const t = texts(language);
  const zone = parts.session.timeZone();
  return {
    ...parts,
    t,
    language,
    zone,
    go: (address) => {
      window.location.hash = address;
    },
    speak: (chosen) => {
      parts.session.choose(chosen);
      setLanguage(chosen);
    },
    signedIn: (answer) => {
      parts.session.begin(answer);
      setLanguage(parts.language());
      setPerson(parts.session.owner());
      // What this person took on this phone waits for nothing but this.
      parts.photos.wake();
    },
    signedOut: (reason = '') => {
      parts.session.end();
      parts.templates.forget();
      parts.starts.forget();
      parts.remembered.forget();
      parts.challenges.forget();
      setNotice(reason);
      setPerson(null);
    },
    due: (moment) => dueText(t, dueOf(moment, new Date(), language, zone)),
    moment: (at) => momentText(at, language, zone),
    explain: (error) => explain(t, error),
  };
}

function dueText(t, { when, unit, ...facts }) {
  return { when, text: t(when === 'late' ? `late_${unit}` : `due_${when}`, facts) };
}

/** What to say about a failed request: the server's own words where it had some. */
function explain(t, error) {
  if (!(error instanceof Problem)) return t('no_signal');
  if (error.detail) return [error.detail, error.reference].filter(Boolean).join(' ');
  if (error.passing) return t('busy');
  return error.status === 404 ? t('not_found') : t('failed', { text: error.message });
}
