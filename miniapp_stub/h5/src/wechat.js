// What WeChat itself does around a mini-program: here its stub is asked, and only in the demo (it has no URL elsewhere).

import { NoAnswer } from '../../core/errors.js';

/** Can this page stand in for WeChat? True only in the demo. */
export const inDemo = (configuration) => configuration?.environment === 'demo' && Boolean(configuration.stub_url);

/** A login code for a simulated WeChat person, as wx.login gives one. */
export async function loginCode(fetch, configuration, user) {
  const answer = await ask(fetch, configuration, 'login', { appid: configuration.wechat_app, user });
  return answer.code;
}

/**
 * The consent pop-up answered with yes for every template, as wx.requestSubscribeMessage gives it: `{template: accept}`;
 * empty when WeChat shows no pop-up, because the person switched messages off.
 */
export async function consents(fetch, configuration, user) {
  // WeChat shows at most three templates in one pop-up.
  const tmplIds = configuration.templates.slice(0, 3);
  const answers = Object.fromEntries(tmplIds.map((id) => [id, 'accept']));
  const said = await ask(fetch, configuration, 'subscribe', { appid: configuration.wechat_app, user, tmplIds, answers });
  return Object.fromEntries(tmplIds.filter((id) => said[id]).map((id) => [id, said[id]]));
}

async function ask(fetch, configuration, what, body) {
  const url = `${configuration.stub_url}/_stub/client/${what}`;
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }).catch((error) => {
    throw new NoAnswer(error.message);
  });
  if (!answer.ok) throw new NoAnswer(`HTTP ${answer.status}`);
  return answer.json();
}
