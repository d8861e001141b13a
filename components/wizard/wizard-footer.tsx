import { Button } from "@/components/ui/button";

interface WizardFooterProps {
  onCancel: () => void;
  /** null on the first step. */
  onBack: (() => void) | null;
  nextLabel: string;
  /** Why Next does nothing yet; null when it may go on. */
  blocked: string | null;
  pending: boolean;
}

/** Cancel, Back and Next, always in sight. Next submits the form around it. */
export function WizardFooter({ onCancel, onBack, nextLabel, blocked, pending }: WizardFooterProps) {
  return (
    <div className="sticky bottom-0 z-10 -mx-4 mt-auto border-t border-line bg-bg px-4 py-3 sm:-mx-6 sm:px-6">
      <div className="grid max-w-320 gap-8 md:grid-cols-[200px_minmax(0,1fr)] xl:grid-cols-[208px_minmax(0,720px)_minmax(0,272px)]">
        <div className="flex items-center gap-2 max-sm:flex-wrap md:col-start-2">
          <Button variant="quiet" className="-ml-3" onClick={onCancel}>
            Cancel
          </Button>
          <span
            id="wizard-blocked"
            className="ml-auto text-right text-caption text-muted max-sm:order-first max-sm:ml-0 max-sm:w-full max-sm:text-left max-sm:empty:hidden"
          >
            {blocked}
          </span>
          {onBack && <Button onClick={onBack}>Back</Button>}
          <Button
            type="submit"
            variant="primary"
            pending={pending}
            className="max-sm:min-w-0 max-sm:flex-1 max-sm:whitespace-normal"
            {...(blocked ? { "aria-disabled": true, "aria-describedby": "wizard-blocked" } : {})}
          >
            {nextLabel}
          </Button>
        </div>
      </div>
    </div>
  );
}
