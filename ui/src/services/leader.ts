/**
 * Which window of this browser holds the stream of changes: one leads, the others wait for its place.
 *
 * A Web Lock goes to the next window when its holder closes, crashes or lets it go. Pages that are not served over HTTPS
 * (nor by this machine itself) have no locks: there a note in the storage says who leads until when.
 */

export interface Candidate {
  /** Wants to lead from now on, or to wait for it. */
  stand(): void;
  /** Neither leads nor waits. */
  leave(): void;
  /** Takes the place of a leader that is not heard of any more. */
  seize(): void;
}

/** Milliseconds: how long a note is good, how often it is written or looked at, and how long two notes may cross. */
const GOOD_FOR = 3_000;
const LOOK_EVERY = 1_000;
const CROSSING = 100;

/** Null when windows of this browser cannot agree on anything. */
export function candidate(name: string, lead: () => void, retire: () => void): Candidate | null {
  // Only pages in a secure context have it, whatever its type says.
  const locks = navigator.locks as LockManager | undefined;
  if (locks) return new ByLock(locks, name, lead, retire);
  try {
    // A storage that is full or forbidden refuses to write, and reads all the same.
    localStorage.setItem(`${name} probe`, "1");
    localStorage.removeItem(`${name} probe`);
    return new ByNote(name, lead, retire);
  } catch {
    return null;
  }
}

class ByLock implements Candidate {
  private waiting: AbortController | null = null;
  private release: (() => void) | null = null;

  constructor(
    private readonly locks: LockManager,
    private readonly name: string,
    private readonly lead: () => void,
    private readonly retire: () => void,
  ) {}

  stand(): void {
    if (this.waiting || this.release) return;
    this.waiting = new AbortController();
    this.ask({ signal: this.waiting.signal }, this.waiting);
  }

  leave(): void {
    this.waiting?.abort();
    this.waiting = null;
    const { release } = this;
    this.release = null;
    release?.();
  }

  seize(): void {
    if (this.release) return;
    this.waiting?.abort();
    this.waiting = new AbortController();
    // A lock that is taken by force cannot be given back by a signal.
    this.ask({ steal: true }, this.waiting);
  }

  private ask(options: LockOptions, asked: AbortController): void {
    let done: (() => void) | null = null;
    const hold = () =>
      new Promise<void>((resolve) => {
        if (asked.signal.aborted) return resolve();
        this.waiting = null;
        this.release = done = resolve;
        this.lead();
      });
    this.locks.request(this.name, options, hold).catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== "AbortError") throw error;
      // Taken back by this window itself, or by force by another one: then it waits again.
      if (done === null || this.release !== done) return;
      this.release = null;
      this.retire();
      this.stand();
    });
  }
}

class ByNote implements Candidate {
  private readonly id = `${Date.now()}-${Math.random()}`;
  private timer: number | undefined;
  private leads = false;

  constructor(
    private readonly name: string,
    private readonly lead: () => void,
    private readonly retire: () => void,
  ) {}

  stand(): void {
    if (this.timer === undefined) this.look();
  }

  leave(): void {
    window.clearTimeout(this.timer);
    this.timer = undefined;
    this.leads = false;
    if (this.holder()?.id === this.id) localStorage.removeItem(this.name);
  }

  /** A note that is not written again ends by itself. */
  seize(): void {}

  private readonly look = (): void => {
    const holder = this.holder();
    const isMine = holder?.id === this.id;
    if (isMine) this.write();
    if (isMine && !this.leads) {
      this.leads = true;
      this.lead();
    } else if (!isMine && this.leads) {
      this.leads = false;
      this.retire();
    }
    if (holder === null) this.write();
    // A note that was just written counts when it still stands after a moment: of two windows the last one wins.
    this.timer = window.setTimeout(this.look, holder === null ? CROSSING : LOOK_EVERY);
  };

  private holder(): { id: string; until: number } | null {
    try {
      const note = JSON.parse(localStorage.getItem(this.name) ?? "null") as { id: string; until: number } | null;
      return note && note.until > Date.now() ? note : null;
    } catch {
      // Somebody else's words: as if there were none.
      return null;
    }
  }

  private write(): void {
    localStorage.setItem(this.name, JSON.stringify({ id: this.id, until: Date.now() + GOOD_FOR }));
  }
}
