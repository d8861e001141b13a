import type { Metadata } from "next";
import { BrandMark } from "@/components/shell/brand-mark";
import { ThemeToggle } from "@/components/shell/theme-control";
import { SignInPanel } from "@/components/sign-in/sign-in-panel";
import packageJson from "@/package.json";

export const metadata: Metadata = { title: "Sign in" };

export default function SignInPage() {
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto] place-items-center bg-surface p-4 sm:p-6">
      <main className="w-full max-w-96 rounded-lg border border-line bg-bg p-6 sm:p-8">
        <p className="mb-6 flex items-center gap-2 text-[15px] font-semibold">
          <BrandMark size={24} />
          Howdah
        </p>
        <h1 className="mb-4 text-page">Sign in</h1>
        <SignInPanel />
      </main>
      <footer className="flex items-center gap-2 pt-4 text-caption text-muted">
        <span>Howdah {packageJson.version}</span>
        <ThemeToggle />
      </footer>
    </div>
  );
}
