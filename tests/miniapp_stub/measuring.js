// The phone's measures of a picture: its width and height as arguments, its pixels (RGBA) on standard input in base64.

import { readFileSync } from 'node:fs';

import { faultsOf, measured } from '../../miniapp_stub/core/picture.js';

const [width, height] = process.argv.slice(2).map(Number);
const rgba = Uint8ClampedArray.from(Buffer.from(readFileSync(0, 'utf8'), 'base64'));
const measures = measured(rgba, width, height);
process.stdout.write(JSON.stringify({ ...measures, faults: faultsOf({ width, height, ...measures }) }));
