/** The sign of Ostro: an O that is open to the north, with the needle of a compass pointing south. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" className="logo">
      <path d="M9.2 4.4A8.4 8.4 0 1 0 14.8 4.4" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />
      <path className="logo__needle" d="M12 22.6 8.8 9.4 12 1.4l3.2 8Z" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="wordmark">
      <Logo />
      <span className="wordmark__text">ostro</span>
    </span>
  );
}
