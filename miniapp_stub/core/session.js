// Who is signed in on this phone, for which organisation, and in which language.

import { newId } from './ids.js';

/** The session of this phone, kept in the vault. The device id outlives sign-outs. */
export function createSession(vault) {
  const current = () => vault.get('session');
  return {
    device: () => vault.get('device') ?? keep(vault, 'device', newId('dev')),
    token: () => current()?.token ?? null,
    person: () => current()?.person ?? null,
    actingFor: () => current()?.acting_for ?? null,
    memberships: () => current()?.memberships ?? [],
    /** Who an unsent answer belongs to: nobody else may send it. */
    owner: () => (current() ? `${current().person.id}/${current().acting_for.id}` : null),
    timeZone: () => current()?.acting_for?.time_zone,
    /** Keep what the server answered to a sign-in or to a change of organisation. */
    begin: (answer) => vault.set('session', { ...current(), ...answer }),
    end: () => vault.forget('session'),
    /** `zh` or `en`: chosen on this phone, else the person's own, else the device's, else Chinese. */
    language: (offered) => vault.get('language') ?? spoken(current()?.person?.language) ?? spoken(offered) ?? 'zh',
    choose: (language) => vault.set('language', language),
    /** The WeChat person this phone stands for; only the demo, which has no WeChat around it, needs to know. */
    wechatUser: () => vault.get('wechat_user'),
    rememberWechatUser: (user) => vault.set('wechat_user', user),
  };
}

function spoken(language) {
  const short = String(language ?? '').slice(0, 2).toLowerCase();
  return short === 'zh' || short === 'en' ? short : null;
}

function keep(vault, name, value) {
  vault.set(name, value);
  return value;
}
