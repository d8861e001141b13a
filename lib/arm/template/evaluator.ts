import { type Expression, parseExpression, plainText } from "./expression-syntax";
import { ArgumentProblem, type DeploymentScope, FUNCTION_NAMES, findFunction } from "./functions";
import { below, templateError } from "./template-error";

/** Looks a parameter or variable up by name, in any case; undefined when there is none of that name. */
export interface Names {
  parameter(name: string): Entry | undefined;
  variable(name: string): Entry | undefined;
}

/** Something a template names. */
export interface Entry {
  /** As the template spells it. */
  name: string;
  /** Its value is a secret: nothing that comes of it may be shown. */
  secret: boolean;
  evaluate(): unknown;
}

/** A text of the template that holds what secure parameters hold. */
export interface SecretLeaf {
  path: string;
  parameters: readonly string[];
}

const MAX_DEPTH = 60;

interface Memo {
  value: unknown;
  secrets: ReadonlySet<string>;
}

/** Evaluates values of one template; each parameter and variable once, and which secure parameters each depends on. */
export class Evaluator {
  readonly #names: Names;
  readonly #scope: DeploymentScope;
  readonly #memos = new Map<string, Memo>();
  /** What is being looked up now, outermost first, to find circles. */
  readonly #open: string[] = [];
  #secrets = new Set<string>();

  constructor(names: Names, scope: DeploymentScope) {
    this.#names = names;
    this.#scope = scope;
  }

  /**
   * `json` with every expression in it replaced by its value; `secrets` is told of each text that depends on a secure parameter.
   * Throws ArmError InvalidTemplate.
   */
  value(json: unknown, path: string, secrets?: (leaf: SecretLeaf) => void, depth = 0): unknown {
    if (depth > MAX_DEPTH) throw templateError({ path: "" }, `Values are nested deeper than ${MAX_DEPTH}.`);
    if (typeof json === "string") return this.#text(json, path, secrets);
    if (Array.isArray(json)) {
      return json.map((item: unknown, index) => this.value(item, below(path, index), secrets, depth + 1));
    }
    if (typeof json !== "object" || json === null) return json;
    const entries = Object.entries(json).map(([key, item]) => {
      if (parseExpression(key, path))
        throw templateError({ path }, "A property's name cannot be an expression here.");
      return [key, this.value(item, below(path, key), secrets, depth + 1)] as const;
    });
    return Object.fromEntries(entries);
  }

  #text(text: string, path: string, secrets: ((leaf: SecretLeaf) => void) | undefined): unknown {
    const expression = parseExpression(text, path);
    if (!expression) return plainText(text);
    const outer = this.#secrets;
    this.#secrets = new Set();
    try {
      const value = this.#evaluate(expression, path);
      if (this.#secrets.size > 0) secrets?.({ path, parameters: [...this.#secrets] });
      return value;
    } finally {
      for (const name of this.#secrets) outer.add(name);
      this.#secrets = outer;
    }
  }

  #evaluate(expression: Expression, path: string): unknown {
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "call":
        return this.#call(expression, path);
      case "property": {
        const of = this.#evaluate(expression.of, path);
        return memberOf(of, expression.name, { path, position: expression.at });
      }
      case "index": {
        const of = this.#evaluate(expression.of, path);
        return memberOf(of, this.#evaluate(expression.index, path), { path, position: expression.at });
      }
    }
  }

  #call(call: Extract<Expression, { kind: "call" }>, path: string): unknown {
    const place = { path, position: call.at };
    const name = call.name.toLowerCase();
    if (name === "if") return this.#choose(call, path);
    if (name === "parameters" || name === "variables") {
      const [argument] = call.args;
      const wanted = argument && this.#evaluate(argument, path);
      if (call.args.length !== 1 || typeof wanted !== "string") {
        throw templateError(place, `The function '${name}' takes one name.`);
      }
      return this.#lookUp(name, wanted, place);
    }
    const run = findFunction(call.name);
    if (!run) {
      const known = FUNCTION_NAMES.join(", ");
      throw templateError(
        place,
        `The template function '${call.name}' is not supported. Supported are: ${known}.`,
      );
    }
    const args = call.args.map((argument) => this.#evaluate(argument, path));
    try {
      return run(args, this.#scope);
    } catch (error) {
      if (error instanceof ArgumentProblem) throw templateError(place, error.message);
      throw error;
    }
  }

  #choose(call: Extract<Expression, { kind: "call" }>, path: string): unknown {
    const [condition, yes, no] = call.args;
    if (!condition || !yes || !no || call.args.length > 3) {
      throw templateError({ path, position: call.at }, "The function 'if' takes a condition and two values.");
    }
    const holds = this.#evaluate(condition, path);
    if (typeof holds !== "boolean") {
      throw templateError({ path, position: condition.at }, "The condition of 'if' must be true or false.");
    }
    return this.#evaluate(holds ? yes : no, path);
  }

  #lookUp(
    kind: "parameters" | "variables",
    name: string,
    place: { path: string; position: number },
  ): unknown {
    const entry = kind === "parameters" ? this.#names.parameter(name) : this.#names.variable(name);
    const noun = kind === "parameters" ? "parameter" : "variable";
    if (!entry) throw templateError(place, `The template ${noun} '${name}' is not found.`);
    const memo = this.#memoOf(`${noun} ${entry.name}`, entry, place);
    for (const secret of memo.secrets) this.#secrets.add(secret);
    return memo.value;
  }

  #memoOf(key: string, entry: Entry, place: { path: string; position: number }): Memo {
    const known = this.#memos.get(key);
    if (known) return known;
    const circle = this.#open.indexOf(key);
    if (circle >= 0) {
      const way = [...this.#open.slice(circle), key].join(" -> ");
      throw templateError(place, `Circular reference: ${way}`);
    }
    const outer = this.#secrets;
    this.#secrets = new Set(entry.secret ? [entry.name] : []);
    this.#open.push(key);
    try {
      const memo = { value: entry.evaluate(), secrets: this.#secrets };
      this.#memos.set(key, memo);
      return memo;
    } finally {
      this.#open.pop();
      this.#secrets = outer;
    }
  }
}

function memberOf(value: unknown, key: unknown, place: { path: string; position: number }): unknown {
  if (Array.isArray(value) && typeof key === "number") {
    if (Number.isInteger(key) && key >= 0 && key < value.length) return value[key];
    throw templateError(place, `The array has no item ${key}; its length is ${value.length}.`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value) && typeof key === "string") {
    const found = Object.entries(value).find(([name]) => name.toLowerCase() === key.toLowerCase());
    if (found) return found[1];
    throw templateError(
      place,
      `The property '${key}' does not exist; available are '${Object.keys(value).join(", ")}'.`,
    );
  }
  throw templateError(place, "Only arrays have items, and only objects have properties.");
}
