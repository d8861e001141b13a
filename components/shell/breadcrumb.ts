export interface Crumb {
  label: string;
  /** null for the page itself. */
  href: string | null;
}

const SECTIONS: Record<string, string> = {
  servers: "Servers",
  activity: "Activity",
  rules: "Rules",
  "api-docs": "API",
};

/**
 * The way to the page at `pathname`. `pageName` names a page whose path does not, such as one migration; null until it
 * is known.
 */
export function breadcrumbOf(pathname: string, pageName: string | null): Crumb[] {
  const [section = "", page] = pathname.split("/").filter(Boolean);
  const name = SECTIONS[section];
  if (name && page) {
    return [
      { label: name, href: `/${section}` },
      { label: pageName ?? page, href: null },
    ];
  }
  if (name) return [{ label: name, href: null }];
  if (section === "migrations" && page === "new") {
    return [
      { label: "Migrations", href: "/" },
      { label: "Create migration", href: null },
    ];
  }
  if (section === "migrations" && page) {
    return [
      { label: "Migrations", href: "/" },
      { label: pageName ?? "Migration", href: null },
    ];
  }
  return [{ label: section === "" ? "Migrations" : (pageName ?? "Not found"), href: null }];
}
