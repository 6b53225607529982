/**
 * Who is signed in, among the windows of a browser, which share one session: each says whom it knows, and one that hears
 * of somebody else, or of nobody, asks the server.
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
