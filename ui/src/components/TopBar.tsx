import { useNavigate } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { CircleUser, Keyboard, LogOut, Search, SunMoon } from "lucide-react";
import type { ReactNode } from "react";

import { useSettings } from "../hooks/useSettings";
import { client } from "../services/client";
import { HttpError } from "../services/http";
import { live } from "../services/live";
import { logout } from "../services/session";
import { settings } from "../services/settings";
import { signedIn } from "../services/signedIn";
import { toasts } from "../services/toasts";
import type { Session } from "../services/types";
import { words } from "../words";
import { choose, language } from "../words/language";
import { palette } from "../words/palette";
import { people } from "../words/people";
import { places } from "../words/places";
import { LiveBadge } from "./LiveBadge";
import { Wordmark } from "./Logo";
import { Menu, MenuCheck, MenuChoice, MenuItem, MenuLabel, MenuLine } from "./Menu";
import { NothingStarts } from "./NothingStarts";
import { ZoneMenu } from "./ZoneMenu";

type Props = { session: Session; crumbs: ReactNode; onJump: () => void; onKeys: () => void };

export function TopBar({ session, crumbs, onJump, onKeys }: Props) {
  return (
    <header className="topbar">
      <Link to="/" className="topbar__home" aria-label={`${words.product}, ${places.home}`}>
        <Wordmark />
      </Link>
      <nav className="crumbs grow" aria-label={words.top.crumbs}>
        {crumbs}
      </nav>
      <button type="button" className="topbar__jump" onClick={onJump}>
        <Search size={14} aria-hidden="true" />
        <span>{palette.jump}</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <NothingStarts />
      <LiveBadge />
      <ZoneMenu installation={session.default_timezone} />
      <Appearance onKeys={onKeys} />
      <Account session={session} />
    </header>
  );
}

function Appearance({ onKeys }: { onKeys: () => void }) {
  const { theme, palette, keys } = useSettings();
  const { themes, palettes } = words.top;
  return (
    <Menu
      trigger={
        <button type="button" className="button button--plain button--icon" aria-label={words.top.settings} title={words.top.settings}>
          <SunMoon size={17} strokeWidth={1.75} />
        </button>
      }
    >
      <MenuLabel>{words.top.theme}</MenuLabel>
      <MenuChoice
        value={theme}
        options={[["system", themes.system], ["light", themes.light], ["dark", themes.dark]]}
        onChange={(value) => settings.change({ theme: value })}
      />
      <MenuLine />
      <MenuLabel>{words.top.palette}</MenuLabel>
      <MenuChoice
        value={palette}
        options={[["classic", palettes.classic], ["safe", palettes.safe]]}
        onChange={(value) => settings.change({ palette: value })}
      />
      <MenuLine />
      <MenuLabel>{words.top.language}</MenuLabel>
      <MenuChoice value={language()} options={[["en", "English"], ["ko", "한국어"]]} onChange={choose} />
      <MenuLine />
      <MenuCheck checked={keys} onChange={(checked) => settings.change({ keys: checked })}>
        {words.top.keys}
      </MenuCheck>
      <MenuItem icon={<Keyboard size={14} />} onSelect={onKeys}>
        {words.top.showKeys}
      </MenuItem>
    </Menu>
  );
}

function Account({ session }: { session: Session }) {
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await logout();
    } catch (error) {
      // Who is out already has come where this leads.
      if (!(error instanceof HttpError && error.status === 401)) return toasts.fail(error);
    }
    live.stop();
    signedIn.tellNobody();
    client.clear();
    await navigate({ to: "/login" });
  };
  return (
    <Menu
      trigger={
        <button type="button" className="button button--plain button--icon" aria-label={words.top.account} title={session.username}>
          <CircleUser size={17} strokeWidth={1.75} />
        </button>
      }
    >
      <MenuLabel>
        {session.username} · {words.top.version(session.version)}
      </MenuLabel>
      <MenuItem icon={<CircleUser size={14} />} onSelect={() => void navigate({ to: "/account" })}>
        {people.account.title}
      </MenuItem>
      <MenuItem icon={<LogOut size={14} />} onSelect={() => void leave()}>
        {words.top.signOut}
      </MenuItem>
    </Menu>
  );
}
