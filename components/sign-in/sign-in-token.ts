/**
 * The one-time token in `text`: a sign-in link, the fragment of one, or the token alone. null when there is none.
 */
export function tokenIn(text: string): string | null {
  const trimmed = text.trim();
  const marker = /[#&]token=([^&\s]+)/.exec(trimmed);
  if (marker?.[1]) return decodeURIComponent(marker[1]);
  return /^[A-Za-z0-9_-]{16,}$/.test(trimmed) ? trimmed : null;
}
