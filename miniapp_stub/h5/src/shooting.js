// From the camera or a file to a photo worth sending: upright, small enough for a thin data plan, and looked at at once.

import { faultsOf, measured, sizeFor } from '../../core/picture.js';

const TYPE = 'image/jpeg';
const QUALITY = 0.85;
const THUMB_SIDE = 200;
// A file that the phone's own camera made just now is hardly older; anything else comes out of the album.
const JUST_NOW_MS = 120000;

/** `{blob, width, height, faults, thumb}` of a picture (video, image or canvas) of a size. Drawing it leaves out where and with what it was taken. */
export async function developed(picture, width, height, minPixels) {
  const size = sizeFor(width, height, minPixels);
  const canvas = drawn(picture, size);
  const faults = faultsOf({ ...size, ...measuresOf(canvas) }, minPixels);
  const scale = THUMB_SIDE / Math.max(size.width, size.height);
  const thumb = drawn(canvas, { width: Math.ceil(size.width * scale), height: Math.ceil(size.height * scale) }).toDataURL(TYPE, 0.7);
  return { blob: await exported(canvas, TYPE), ...size, faults, thumb, type: TYPE };
}

/** Halved until little is left to look at: millions of pixels would keep a cheap phone busy. */
function measuresOf(canvas) {
  const { width, height } = canvas;
  if (Math.max(width, height) >= 1024) return measuresOf(drawn(canvas, { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }));
  return measured(canvas.getContext('2d').getImageData(0, 0, width, height).data, width, height);
}

function drawn(picture, { width, height }) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, 0, 0, width, height);
  return canvas;
}

export const exported = (canvas, type) => new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));

/** The bytes of a Blob; older web views have no blob.arrayBuffer(). */
export const bytesOf = async (blob) => new Uint8Array(await new Response(blob).arrayBuffer());

/** A chosen file, developed; null where this phone cannot read it. `source` tells the album from a camera that was opened for it. */
export async function developedFile(file, minPixels, isCamera) {
  const url = URL.createObjectURL(file);
  try {
    const image = await loaded(url);
    const shot = await developed(image, image.naturalWidth, image.naturalHeight, minPixels);
    const isFresh = isCamera && Date.now() - file.lastModified < JUST_NOW_MS;
    return { ...shot, source: isFresh ? 'camera' : 'album', capturedAt: new Date(file.lastModified || Date.now()) };
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function loaded(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = url;
  });
}
