// The few drawings of the app, as lines in the text's colour.

import { html } from '../view.js';

const PATHS = {
  back: 'M15 4 7 12l8 8',
  next: 'm9 5 7 7-7 7',
  inbox: 'M5 4h14v16H5zM9 9h6M9 13h6M9 17h3',
  history: 'M12 4a8 8 0 1 1-7.4 5M4 4v5h5M12 8v4.5l3 2',
  me: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20a7.5 7.5 0 0 1 15 0',
  empty: 'M4 13 7 5h10l3 8v6H4zM4 13h5a3 3 0 0 0 6 0h5',
  done: 'm5 12.5 4.5 4.5L19 7.5',
  person: 'M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M5.5 20a6.5 6.5 0 0 1 13 0',
  waiting: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.5l3 2',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10.5 21h3',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 2-2 5 4M15.5 9.5h.01',
  hold: 'M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16h.01',
  warning: 'M12 3.5 21.5 20h-19zM12 10v4.5M12 17h.01',
  hint: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 11.5V16M12 8.5h.01',
  close: 'M6 6l12 12M18 6 6 18',
  in: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5M8 11h6M11 8v6',
  out: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5M8 11h6',
  camera: 'M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4',
  torch: 'M13 3 6 13.5h5L10 21l8-11h-5.5z',
  changed: 'M5 8h12l-3-3M19 16H7l3 3',
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
}
