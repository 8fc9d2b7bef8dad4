// What can go wrong between a phone and the server, as two kinds: the server said no, or nobody answered.

/** The server's problem document (RFC 9457). `detail` is fit for the person; `turn` is the current state on 409. */
export class Problem extends Error {
  constructor(status, body = {}, retryAfterS = null) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? String(body.type ?? '').split(':').pop();
    this.detail = body.detail ?? '';
    this.errors = body.errors ?? null;
    this.turn = body.turn ?? null;
    // Only where the sentence asks to quote it: our fault, and the operator finds it by this.
    this.reference = status >= 500 ? (body.request_id ?? null) : null;
    this.retryAfterS = retryAfterS;
  }

  /** The same request may succeed a little later: the server is busy, restarting or limiting. */
  get passing() {
    return this.status >= 500 || this.status === 429;
  }
}

/** No answer came: no signal, a time-out, or a connection that broke after sending. Whether the server acted is unknown. */
export class NoAnswer extends Error {}
