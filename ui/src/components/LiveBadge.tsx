import { useHotkeys } from "../hooks/useHotkeys";
import { useLive } from "../hooks/useLive";
import { useNow } from "../hooks/useNow";
import { live } from "../services/live";
import { words } from "../words";
import { Tip } from "./Tip";

/** Says whether the page shows the present, and pauses it. */
export function LiveBadge() {
  const { state, since } = useLive();
  const now = useNow(state === "stale" ? 1_000 : null);
  useHotkeys({ "shift+P": () => live.toggle() });
  const text = state === "stale" ? words.live.stale(Math.max(0, Math.round((now - since) / 1000))) : words.live[state];
  const tip = state === "paused" ? words.live.resume : state === "stale" ? words.live.lost : words.live.pause;
  return (
    <Tip text={tip}>
      <button type="button" className="live" data-live={state} aria-pressed={state === "paused"} onClick={() => live.toggle()}>
        <span className="live__dot" aria-hidden="true" />
        <span aria-live={state === "stale" ? "off" : "polite"}>{text}</span>
        {state === "stale" && (
          <span className="sr-only" role="status">
            {words.live.lost}
          </span>
        )}
      </button>
    </Tip>
  );
}
