import type { RequestFailed } from "@/components/live/request-failed";
import { Note } from "@/components/ui/note";

/** Why signing in failed, and what to do. */
export function SignInFailure({ failure }: { failure: RequestFailed }) {
  if (failure.status === 0) {
    return (
      <Note tone="bad" role="alert" title="Howdah does not answer">
        <p>Check that it still runs, then open the link again. The link was not used up.</p>
      </Note>
    );
  }
  if (failure.status === 401 || failure.status === 400) {
    return (
      <Note tone="bad" role="alert" title="This link no longer works">
        <p>A sign-in link works once and only for a while. Print a new one with the command below.</p>
      </Note>
    );
  }
  if (failure.status === 429) {
    return (
      <Note tone="bad" role="alert" title="Too many attempts">
        <p>Wait a minute, then try again.</p>
      </Note>
    );
  }
  return (
    <Note tone="bad" role="alert" title="Signing in failed">
      <p>
        {failure.message} <span className="whitespace-nowrap text-muted">({failure.code})</span>
      </p>
    </Note>
  );
}
