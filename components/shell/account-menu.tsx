"use client";

import { useState } from "react";
import { DropdownMenu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/dropdown-menu";
import { announceFailure } from "@/components/ui/toaster";
import type { Role } from "@/lib/migrations/access";
import { applyTheme } from "./apply-theme";
import { parseTheme, type Theme } from "./theme";

export interface Account {
  name: string;
  role: Role;
}

const THEME_OPTIONS: { value: Theme; label: string }[] = [
  { value: "system", label: "Theme of the system" },
  { value: "light", label: "Light theme" },
  { value: "dark", label: "Dark theme" },
];

/** Who is signed in, the choice of theme, and the way out. */
export function AccountMenu({ account }: { account: Account }) {
  const [theme, setTheme] = useState<Theme>("system");
  const initials = account.name.slice(0, 2).toUpperCase();
  const choose = (value: string) => {
    const next = parseTheme(value);
    setTheme(next);
    applyTheme(next);
  };
  const trigger = (
    <button
      type="button"
      aria-label={`${initials}, account of ${account.name}`}
      className="grid size-7 shrink-0 place-items-center rounded-full bg-off-tint text-[11px] leading-none font-semibold text-off"
      onPointerDown={() => setTheme(parseTheme(document.documentElement.dataset["theme"]))}
      onKeyDown={() => setTheme(parseTheme(document.documentElement.dataset["theme"]))}
    >
      {initials}
    </button>
  );
  return (
    <DropdownMenu trigger={trigger}>
      <MenuLabel>
        <span className="block text-body font-medium text-fg">{account.name}</span>
        {account.role}
      </MenuLabel>
      <MenuSeparator />
      <MenuChoice value={theme} onValueChange={choose} options={THEME_OPTIONS} />
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()}>Sign out</MenuItem>
    </DropdownMenu>
  );
}

async function signOut(): Promise<void> {
  try {
    const response = await fetch("/api/session", { method: "DELETE" });
    if (!response.ok && response.status !== 401) throw new Error(`HTTP ${response.status}`);
    window.location.assign("/sign-in");
  } catch {
    announceFailure("Not signed out", "Howdah does not answer. Try again, or close the browser.");
  }
}
