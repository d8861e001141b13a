/** The howdah: canopy, posts and floor. Decorative; the name stands beside it. */
export function BrandMark({ size = 20 }: { size?: 20 | 24 }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      aria-hidden="true"
      fill="currentColor"
      className="shrink-0"
    >
      <path d="M2 8.2C3.2 4.3 6.3 2 10 2s6.8 2.3 8 6.2z" />
      <path d="M4 10h2v4H4zM14 10h2v4h-2zM2 15.5h16V18H2z" />
    </svg>
  );
}
