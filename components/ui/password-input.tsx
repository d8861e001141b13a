"use client";

import { type ComponentProps, useState } from "react";
import { Button } from "./button";
import { classNames } from "./class-names";
import { Icon } from "./icon";
import { Input } from "./input";

/** A password field with a button that shows what was typed. Pasting and password managers stay possible. */
export function PasswordInput({ className, ...props }: Omit<ComponentProps<"input">, "type">) {
  const [shown, setShown] = useState(false);
  return (
    <span className="relative block">
      <Input
        {...props}
        type={shown ? "text" : "password"}
        spellCheck={false}
        autoCapitalize="off"
        className={classNames("pr-9", className)}
      />
      <Button
        variant="quiet"
        size="icon-small"
        className="absolute top-[3px] right-[3px]"
        aria-label={shown ? "Hide password" : "Show password"}
        onClick={() => setShown(!shown)}
      >
        <Icon name={shown ? "eye-off" : "eye"} />
      </Button>
    </span>
  );
}
