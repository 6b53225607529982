/** Where one goes after signing in: always a path of this page. */

/** The path that was asked for, or "/". Browsers read `//x`, `/\x` and paths with blanks or tabs in them as other sites. */
export function safeNext(next: string | undefined): string {
  if (!next || !/^\/(?![/\\])[^\s\\\p{Cc}]*$/u.test(next)) return "/";
  try {
    const base = "http://page.invalid";
    const found = new URL(next, base);
    return found.origin === base && !found.pathname.startsWith("//") && !found.pathname.startsWith("/login") ? next : "/";
  } catch {
    return "/";
  }
}
