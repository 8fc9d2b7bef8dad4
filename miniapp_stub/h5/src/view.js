// The view library in one place: the rest of the app does not know which one it is.

import htm from '../vendor/htm/htm.mjs';
import { createContext, Fragment, h, render } from '../vendor/preact/preact.mjs';
import { useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../vendor/preact/hooks.mjs';

export const html = htm.bind(h);
export const AppContext = createContext(null);

/** What every view may use: session, api, queue, texts, language and the way to other screens (see app.js). */
export const useApp = () => useContext(AppContext);

export { Fragment, h, render, useEffect, useLayoutEffect, useMemo, useRef, useState };
