import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { CommandPalette } from "../components/palette/CommandPalette";
import { Crumbs } from "../components/Crumbs";
import { KeysHelp } from "../components/KeysHelp";
import { NavRail } from "../components/NavRail";
import { Toasts } from "../components/Toasts";
import { TopBar } from "../components/TopBar";
import { useHotkeys } from "../hooks/useHotkeys";
import { useSettings } from "../hooks/useSettings";
import { readEverythingAgain } from "../services/changes";
import { client } from "../services/client";
import { live } from "../services/live";
import { sessionQuery } from "../services/session";
import { toasts } from "../services/toasts";
import { words } from "../words";

/** The frame around every page of a signed-in person. Owns the event stream. */
export function Layout() {
  const session = useQuery(sessionQuery);
  const navigate = useNavigate();
  const [open, setOpen] = useState<"jump" | "keys" | null>(null);
  const { zone } = useSettings();
  const isIn = session.isSuccess;
  const user = session.data?.username;
  const first = useRef(user);
  useEffect(() => {
    const known = client.getQueryData(sessionQuery.queryKey);
    if (user === undefined || !known) return;
    // Somebody else signed in in another window: nothing that was read here is theirs.
    if (first.current !== undefined && first.current !== user) return location.reload();
    first.current = user;
    live.start(user, known.live_version);
    return () => live.stop();
  }, [user]);
  useHotkeys(
    {
      "mod+k": () => setOpen("jump"),
      "?": () => setOpen("keys"),
      h: () => void navigate({ to: "/" }),
      r: () => {
        readEverythingAgain();
        toasts.tell(words.keys.isReadAgain);
      },
      "/": () => document.querySelector<HTMLInputElement>("input[data-search]")?.focus(),
    },
    isIn && open === null,
  );
  if (!session.data) return null;
  return (
    <>
      <a href="#main" className="skip">
        {words.common.skipToContent}
      </a>
      <TopBar session={session.data} crumbs={<Crumbs />} onJump={() => setOpen("jump")} onKeys={() => setOpen("keys")} />
      <div className="frame">
        <NavRail />
        <main id="main" tabIndex={-1}>
          {/* Another time zone changes every moment that is shown. */}
          <Outlet key={zone} />
        </main>
      </div>
      {open === "jump" && <CommandPalette onClose={() => setOpen(null)} />}
      {open === "keys" && <KeysHelp onClose={() => setOpen(null)} />}
      <Toasts />
    </>
  );
}
