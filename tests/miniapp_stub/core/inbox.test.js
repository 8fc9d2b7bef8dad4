import assert from 'node:assert/strict';
import test from 'node:test';

import { NoAnswer } from '../../../miniapp_stub/core/errors.js';
import { createInbox } from '../../../miniapp_stub/core/inbox.js';
import { createTemplates } from '../../../miniapp_stub/core/templates.js';
import { newVault } from './phone.js';

const task = (id, steps = []) => ({ id, flow: 'order-confirmation', title: 'Confirm', subject: { ref: id }, template: { id: `tpl_${id}`, steps } });
const many = (count) => Array.from({ length: count }, (_, at) => task(`tsk_${at}`));

function inboxOf(api, vault = newVault()) {
  const queue = { conversations: () => [] };
  return createInbox({ vault, api, queue, session: { owner: () => 'per_1/org_1' }, language: () => 'zh' });
}

const page = (ids, next = null) => ({ tasks: ids.map((id) => ({ id })), notices: [], next });
const idsOf = (inbox) => inbox.tasks.map((one) => one.id);

test('later pages stand behind the first one, and each task once', async () => {
  const firsts = [page(['a', 'b'], 'after_b'), page(['x', 'c', 'b'], 'after_b')];
  const laters = { after_b: page(['c', 'd'], 'after_d'), after_d: page(['e']) };
  const inbox = inboxOf({ inbox: async () => ({ etag: 'e', data: firsts.shift() }), inboxAfter: async (cursor) => laters[cursor] });
  await inbox.look();
  await inbox.more();
  assert.deepEqual([idsOf(await inbox.more()), inbox.shown().next], [['a', 'b', 'c', 'd', 'e'], null]);
  assert.deepEqual(idsOf(await inbox.look()), ['x', 'c', 'b', 'd', 'e']);
});

test('a first page that ends elsewhere forgets the later ones, so that no task falls between two', async () => {
  const firsts = [page(['a', 'b'], 'after_b'), page(['x', 'a'], 'after_a')];
  const inbox = inboxOf({ inbox: async () => ({ etag: 'e', data: firsts.shift() }), inboxAfter: async () => page(['c']) });
  await inbox.look();
  await inbox.more();
  const seen = await inbox.look();
  assert.deepEqual([idsOf(seen), seen.next], [['x', 'a'], 'after_a']);
});

test('an inbox as before is told so, and is still there after a restart', async () => {
  const vault = newVault();
  const asked = [];
  const api = { inbox: async (etag) => { asked.push(etag); return { etag: 'e1', data: etag ? null : page(['a']) }; } };
  await inboxOf(api, vault).look();
  const later = inboxOf(api, vault);
  assert.equal(await later.look(), null);
  assert.deepEqual([asked, idsOf(later.shown())], [[undefined, 'e1'], ['a']]);
});

function templatesOf(tasks, { vault = newVault(), key = () => 'per_1/org_1/zh' } = {}) {
  const api = { asked: 0, inboxWithSteps: async () => { api.asked += 1; return { tasks }; } };
  return { api, templates: createTemplates({ vault, api, key }) };
}

test('templates are asked for once for every inbox that is new', async () => {
  const { api, templates } = templatesOf(many(1));
  for (const etag of ['e1', 'e1', 'e2', null]) await templates.refresh(etag);
  assert.equal(api.asked, 2);
  assert.deepEqual(templates.of('tsk_0').template, { id: 'tpl_tsk_0', steps: [] });
});

test('without signal the earlier templates stay, and are asked for again', async () => {
  const { api, templates } = templatesOf(many(1));
  await templates.refresh('e1');
  const ask = api.inboxWithSteps;
  api.inboxWithSteps = () => Promise.reject(new NoAnswer('no signal'));
  await templates.refresh('e2');
  assert.ok(templates.of('tsk_0'));
  api.inboxWithSteps = ask;
  await templates.refresh('e2');
  assert.equal(api.asked, 2);
});

test('a phone keeps the first 30 tasks and no more than 300 KB, and skips what has no template', async () => {
  const { template, ...bare } = task('tsk_bare');
  const few = templatesOf([bare, ...many(40)]).templates;
  await few.refresh('e1');
  assert.deepEqual([few.of('tsk_bare'), few.of('tsk_28')?.task, few.of('tsk_29')], [null, 'tsk_28', null]);
  const vault = newVault();
  const large = templatesOf([1, 2, 3, 4].map((at) => task(`tsk_${at}`, ['面'.repeat(49000)])), { vault }).templates;
  await large.refresh('e1');
  assert.deepEqual([large.of('tsk_3')?.task, large.of('tsk_4')], ['tsk_3', null]);
  assert.ok(JSON.stringify(vault.get('templates')).length * 2 <= 300 * 1024);
});

test('nobody else, no other language and no signed-out phone has them', async () => {
  const vault = newVault();
  let mine = 'per_1/org_1/zh';
  const { templates } = templatesOf(many(1), { vault, key: () => mine });
  await templates.refresh('e1');
  for (mine of ['per_2/org_1/zh', 'per_1/org_2/zh', 'per_1/org_1/en']) assert.equal(templates.of('tsk_0'), null);
  mine = 'per_1/org_1/zh';
  templates.forget();
  assert.equal(templates.of('tsk_0'), null);
});

test('an answer that comes after the sign-out leaves nothing behind', async () => {
  const vault = newVault();
  let mine = 'per_1/org_1/zh';
  const api = { inboxWithSteps: async () => { mine = 'null/zh'; return { tasks: many(1) }; } };
  await createTemplates({ vault, api, key: () => mine }).refresh('e1');
  assert.equal(vault.get('templates'), null);
});

test('a full phone keeps working without templates', async () => {
  const full = { ...newVault(), set: () => { throw new Error('quota'); } };
  const { templates } = templatesOf(many(1), { vault: full });
  await templates.refresh('e1');
  assert.equal(templates.of('tsk_0'), null);
});
