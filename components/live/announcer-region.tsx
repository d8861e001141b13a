"use client";

import { useEffect, useRef, useState } from "react";
import { type Announced, type AnnouncerMemory, announce } from "./announcer";

/**
 * The page's one status region: there from first paint and empty, so that only changes are spoken. `subjects` are keyed
 * by `key`; what is new in the list is not news.
 */
export function AnnouncerRegion({ subjects }: { subjects: readonly (Announced & { key: string })[] }) {
  const memories = useRef(new Map<string, AnnouncerMemory>());
  const [message, setMessage] = useState("");
  useEffect(() => {
    const spoken: string[] = [];
    for (const subject of subjects) {
      const result = announce(memories.current.get(subject.key) ?? null, subject, Date.now());
      memories.current.set(subject.key, result.memory);
      if (result.message) spoken.push(result.message);
    }
    if (spoken.length > 0) setMessage(spoken.join(" "));
  }, [subjects]);
  return (
    <p role="status" className="sr-only">
      {message}
    </p>
  );
}
