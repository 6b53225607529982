/**
 * Tells when nobody can see this page any more: another window is in front of it, or the browser keeps it for the way back;
 * and when it is seen again. A page that nobody sees holds no connection: a browser has six for one server.
 */
export function onSight(tell: (isSeen: boolean) => void): () => void {
  const turn = () => tell(!document.hidden);
  const leave = () => tell(false);
  document.addEventListener("visibilitychange", turn);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", turn);
  return () => {
    document.removeEventListener("visibilitychange", turn);
    window.removeEventListener("pagehide", leave);
    window.removeEventListener("pageshow", turn);
  };
}
