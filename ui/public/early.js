// Asks for what a page needs first while its code is on the way; `services/http.ts` takes the answers.
// What a page shows is asked for behind the session, whose answer says from where on changes are told.
if (location.pathname !== "/login") {
  const ask = (url) => (early[url] = fetch(url));
  const early = (globalThis.early = {});
  const session = ask("/ui/session");
  if (location.pathname === "/dags" && location.search === "") session.then((answer) => answer.ok && ask("/ui/dags?limit=50&offset=0&runs=20"), () => {});
}
