import type { ReactNode } from "react";

/** Drawings on a 16 by 16 grid, stroke 1.5. */
export const ICON_SHAPES = {
  arrow: <path d="M3 8h10M9 4l4 4-4 4" />,
  check: <path d="M3.5 8.5 6.5 11.5 12.5 5" />,
  close: <path d="m4 4 8 8m0-8-8 8" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 5.3V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.3" />
    </>
  ),
  database: (
    <>
      <ellipse cx="8" cy="4" rx="5" ry="2" />
      <path d="M3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2" />
    </>
  ),
  down: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  right: <path d="M6.5 4.5 10 8l-3.5 3.5" />,
  external: (
    <path d="M9.5 2.5h4v4m0-4-6 6M12 9.5v2.5A1.5 1.5 0 0 1 10.5 13.5H4A1.5 1.5 0 0 1 2.5 12V5.5A1.5 1.5 0 0 1 4 4h2.5" />
  ),
  eye: (
    <>
      <path d="M1.5 8s2.3-4.5 6.5-4.5S14.5 8 14.5 8 12.2 12.5 8 12.5 1.5 8 1.5 8z" />
      <circle cx="8" cy="8" r="1.9" />
    </>
  ),
  "eye-off": (
    <>
      <path d="M1.5 8s2.3-4.5 6.5-4.5S14.5 8 14.5 8 12.2 12.5 8 12.5 1.5 8 1.5 8z" />
      <path d="m3 13 10-10" />
    </>
  ),
  download: <path d="M8 2.5v7.5m-3-3 3 3 3-3M2.5 13.5h11" />,
  help: (
    <>
      <circle cx="8" cy="8" r="6.25" />
      <path d="M6.3 6.2a1.75 1.75 0 1 1 2.5 1.6c-.5.25-.8.6-.8 1.2M8 11.3v.1" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.25" />
      <path d="M8 7.4v3.6M8 5v.1" />
    </>
  ),
  migrations: <path d="M2.5 4.5h8.5M8.5 2l2.5 2.5L8.5 7M13.5 11.5H5M7.5 9 5 11.5 7.5 14" />,
  menu: <path d="M2.5 4.5h11m-11 3.5h11m-11 3.5h11" />,
  minus: <path d="M4 8h8" />,
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2" />,
  pause: <path d="M5.5 4v8m5-8v8" />,
  play: <path d="M5 3.5v9L12 8z" />,
  plus: <path d="M8 3.5v9M3.5 8h9" />,
  activity: <path d="M1.5 8.5h3l2-5 3 9 2-4h3" />,
  refresh: <path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M13.6 1.8v2.9h-2.9" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.2 10.2 3.3 3.3" />
    </>
  ),
  server: (
    <>
      <rect x="2" y="2.5" width="12" height="4.5" rx="1" />
      <rect x="2" y="9" width="12" height="4.5" rx="1" />
      <path d="M4.7 4.75h.01M4.7 11.25h.01" strokeWidth="2" />
    </>
  ),
  "sort-down": <path d="M8 3.5v9M4.8 9.3 8 12.5l3.2-3.2" />,
  "sort-up": <path d="M8 12.5v-9M4.8 6.7 8 3.5l3.2 3.2" />,
  table: (
    <>
      <rect x="2.5" y="3" width="11" height="10" rx="1" />
      <path d="M2.5 6.3h11M6.5 6.3V13" />
    </>
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 2.25v11.5A5.75 5.75 0 0 0 8 2.25z" fill="currentColor" />
    </>
  ),
  trash: <path d="M2.5 4h11M6.5 4V2.5h3V4M4 4l.6 9.5h6.8L12 4M6.7 6.7l.2 4.3M9.3 6.7l-.2 4.3" />,

  // Shapes of statuses: each differs by outline, not by colour alone.
  running: (
    <>
      <circle cx="8" cy="8" r="6.25" opacity=".3" />
      <path d="M8 1.75A6.25 6.25 0 0 1 14.25 8" />
    </>
  ),
  succeeded: (
    <>
      <circle cx="8" cy="8" r="6.25" />
      <path d="m5.4 8.2 1.8 1.8 3.5-3.9" />
    </>
  ),
  failed: (
    <>
      <path d="M5.4 1.75h5.2l3.65 3.65v5.2l-3.65 3.65H5.4L1.75 10.6V5.4z" />
      <path d="m6 6 4 4m0-4-4 4" />
    </>
  ),
  "validation-failed": (
    <>
      <path d="M8 1.6 13.4 3.5v4.2c0 3.4-2.2 5.6-5.4 6.7-3.2-1.1-5.4-3.3-5.4-6.7V3.5z" />
      <path d="m6.2 6 3.6 3.6m0-3.6L6.2 9.6" />
    </>
  ),
  warning: (
    <>
      <path d="M8 2.2 14.3 13.3H1.7z" />
      <path d="M8 6.5v3M8 11.4v.1" />
    </>
  ),
  "needs-you": (
    <>
      <path d="M8 1.6 14.4 8 8 14.4 1.6 8z" />
      <path d="M8 5.2v3.3M8 10.7v.1" />
    </>
  ),
  canceled: (
    <>
      <circle cx="8" cy="8" r="6.25" />
      <path d="m3.7 12.3 8.6-8.6" />
    </>
  ),
  queued: <circle cx="8" cy="8" r="6.25" strokeDasharray="2.4 2.5" />,
  skipped: (
    <>
      <circle cx="8" cy="8" r="6.25" opacity=".55" />
      <path d="M5.5 8h5" />
    </>
  ),
  retrying: (
    <>
      <path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M13.6 1.8v2.9h-2.9" />
      <path d="M8 5.4V8l1.7 1.2" />
    </>
  ),
  paused: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="2.5" />
      <path d="M6.25 5.5v5m3.5-5v5" />
    </>
  ),
  limit: (
    <>
      <path d="M2.6 12.2a6.25 6.25 0 1 1 10.8 0" />
      <path d="m8 9.5 2.6-3.3" />
    </>
  ),
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof ICON_SHAPES;
