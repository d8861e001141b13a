/** ARM names its checks "ServerParametersValidation"; a reader wants "Server parameters". Other names stay as they are. */
export function ruleLabel(type: string): string {
  if (!/^([A-Z][a-z0-9]+)+$/.test(type)) return type;
  const words = type.replace(/Validation$/, "").match(/[A-Z][a-z0-9]+/g) ?? [];
  const [first, ...rest] = words;
  return first ? [first, ...rest.map((word) => word.toLowerCase())].join(" ") : type;
}
