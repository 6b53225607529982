/**
 * Who is signed in, among the windows of a browser, which share one session: each says whom it knows, and one that hears
 * of somebody else, or of nobody, asks the server. So does a window at the login page that hears of anybody.
 */

import { client } from "./client";

const NAME = "ostro session";

let channel: BroadcastChannel | null = null;

export const signedIn = {
  join(user: string): void {
    if (channel || !hasChannels()) return;
    channel = new BroadcastChannel(NAME);
    channel.onmessage = (event: MessageEvent<string | null>) => {
      if (event.data !== user) signedIn.askAgain();
    };
    channel.postMessage(user);
  },

  part(): void {
    channel?.close();
    channel = null;
  },

  /** Tells when somebody is signed in in another window, until the answer is called. */
  expectAnybody(hear: () => void): () => void {
    if (!hasChannels()) return () => undefined;
    const ears = new BroadcastChannel(NAME);
    ears.onmessage = (event: MessageEvent<string | null>) => event.data !== null && hear();
    return () => ears.close();
  },

  /** The session has ended. */
  tellNobody(): void {
    if (!hasChannels()) return;
    const told = new BroadcastChannel(NAME);
    told.postMessage(null);
    told.close();
  },

  askAgain(): void {
    void client.refetchQueries({ queryKey: ["session"] });
  },
};

export const hasChannels = (): boolean => typeof BroadcastChannel !== "undefined";
