/** What pg_dump prints with its options; a subscription has its connection string besides. */
const WITH_OPTIONS =
  /^(?:create|alter) (?:user mapping|server|foreign table|foreign data wrapper|subscription)\b/i;
const USER_MAPPING = /^\S+ user mapping\b/i;
/** Name and value of an option, as quote_ident() and quote_literal() print them. */
const OPTION = /(?<name>"(?:[^"]|"")+"|[a-z_][\w$]*)\s+(?<value>E'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*')/gi;
const SECRET = /pass|pwd|secret|token|key|credential|^connection$/i;
const NO_SECRET = /^"?user(?:name)?"?$/i;

/**
 * The statement without what gives access to other servers: all options of a user mapping but the user, options of servers and
 * foreign tables that sound like secrets, and connection strings. `hidden` makes what is shown in place of a value.
 */
export function hideSecrets(sql: string, hidden: (value: string) => string = () => "********"): string {
  if (!WITH_OPTIONS.test(sql)) return sql;
  const isMapping = USER_MAPPING.test(sql);
  return sql.replace(OPTION, (option: string, name: string, value: string) => {
    const isSecret = isMapping ? !NO_SECRET.test(name) : SECRET.test(name);
    return isSecret ? `${name} '${hidden(value)}'` : option;
  });
}
