// Prints every sentence the phone can say about a refused answer: {"code": ["en", "zh"]}.

import { CODES, rejectionText } from '../../../miniapp_stub/core/interpreter_texts.js';

const said = (code) => [rejectionText({ code, bound: '3' }, 'en'), rejectionText({ code, bound: '3' }, 'zh')];
console.log(JSON.stringify(Object.fromEntries(CODES.map((code) => [code, said(code)]))));
