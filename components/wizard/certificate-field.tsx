"use client";

import { type ChangeEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { TextArea } from "@/components/ui/input";

/** Largest file that is read, in bytes; the contract accepts as many characters. */
const FILE_LIMIT_BYTES = 65_536;

interface CertificateFieldProps {
  id: string;
  value: string;
  error: string | undefined;
  onChange: (pem: string) => void;
}

/** A certificate authority as PEM text: pasted, or read from a file. */
export function CertificateField({ id, value, error, onChange }: CertificateFieldProps) {
  const file = useRef<HTMLInputElement>(null);
  const [fileError, setFileError] = useState<string | undefined>();
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    event.target.value = "";
    if (!chosen) return;
    if (chosen.size > FILE_LIMIT_BYTES) {
      setFileError(`${chosen.name} is larger than 64 kB; a certificate authority is not.`);
      return;
    }
    setFileError(undefined);
    onChange(await chosen.text());
  };
  return (
    <Field
      label="Certificate authority"
      id={id}
      optional
      error={error ?? fileError}
      help="PEM text. Without it the authorities that come with Node.js are trusted."
      className="col-span-full"
    >
      <div className="grid gap-2">
        <TextArea
          rows={4}
          spellCheck={false}
          placeholder="-----BEGIN CERTIFICATE-----"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
        <div className="flex gap-2">
          <Button size="small" onClick={() => file.current?.click()}>
            Read from a file…
          </Button>
          {value && (
            <Button size="small" variant="quiet" onClick={() => onChange("")}>
              Clear
            </Button>
          )}
          <input
            ref={file}
            type="file"
            accept=".pem,.crt,.cer,.ca,text/plain"
            className="hidden"
            aria-label="Certificate file"
            onChange={(event) => void read(event)}
          />
        </div>
      </div>
    </Field>
  );
}
