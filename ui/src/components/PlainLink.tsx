import { useRouter } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, MouseEvent } from "react";

/** Is this a click that the browser should handle itself: a new tab, a download? */
export function isSpecialClick(event: MouseEvent): boolean {
  return event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}

/** A link within the page that costs nothing until it is clicked; for places that show hundreds. */
export function PlainLink({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const router = useRouter();
  return (
    <a
      href={href}
      onClick={(event) => {
        if (isSpecialClick(event)) return;
        event.preventDefault();
        router.history.push(href);
      }}
      {...rest}
    />
  );
}
