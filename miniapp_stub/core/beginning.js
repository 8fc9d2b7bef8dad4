// What a conversation is begun for: a task (`{task}`), or a flow that somebody starts of their own will (`{flow, on}`, `on`
// being the id of what it is started on, null where it needs nothing).

/** Its address in the app, `task/tsk_…` or `start/load-update` or `start/remark/po_…`: the same beginning has the same one. */
export const addressOf = ({ task, flow, on = null }) =>
  (task ? ['task', task] : ['start', flow, on].filter(Boolean)).map(encodeURIComponent).join('/');

/** Is this the address of a beginning, and not of a conversation? */
export const isBeginning = (address) => /^(task|start)\//.test(address);

/** Ask the server for its conversation under the id made for it. */
export const begin = (api, id, { task, flow, on = null }, template) =>
  (task ? api.openTask(id, task, template) : api.start(id, flow, on, template));
