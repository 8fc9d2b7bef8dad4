// The screens by their address. Addresses live in the fragment: nothing of them, no invitation, ever reaches a log.

const ROUTES = [
  [/^#\/task\/([^/?]+)$/, 'task'],
  [/^#\/pages\/task\/task\?id=([^&]+)/, 'task'], // the page that a WeChat message names
  [/^#\/conversation\/([^/?]+)$/, 'conversation'],
  [/^#\/start\/([^/?]+)(?:\/([^/?]+))?$/, 'start'],
  [/^#\/startable\/([^/?]+)$/, 'startable'],
  [/^#\/invitation\/([^/?]+)$/, 'invitation'],
  [/^#\/order\/([^/?]+)(?:\?from=([^&]+))?$/, 'order'],
  [/^#\/several$/, 'several'],
  [/^#\/claims$/, 'claims'],
  [/^#\/history$/, 'history'],
  [/^#\/me$/, 'me'],
];

/**
 * `{screen, id, from, on}` of an address; everything unknown is the inbox. Its second part is where one came `from`, or what a
 * flow is started `on`.
 */
export function routeOf(hash) {
  for (const [pattern, screen] of ROUTES) {
    const found = pattern.exec(hash);
    if (found) return { screen, id: part(found[1]), from: part(found[2]), on: part(found[2]) };
  }
  return { screen: 'inbox', id: null, from: null, on: null };
}

const part = (text) => (text ? decodeURIComponent(text) : null);
