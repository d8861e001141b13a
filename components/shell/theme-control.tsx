"use client";

import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { applyTheme, paintedTheme } from "./apply-theme";

/** Switches between the light and the dark theme, and remembers it. */
export function ThemeToggle() {
  return (
    <Button
      variant="quiet"
      size="icon"
      aria-label="Switch between light and dark theme"
      onClick={() => applyTheme(paintedTheme() === "dark" ? "light" : "dark")}
    >
      <Icon name="theme" />
    </Button>
  );
}
