/**
 * Servers of different majors print the same object differently. Returns the function that takes those differences, and
 * only those, out of an object's DDL.
 */
export function canonicalDdl(sourceMajor: number, targetMajor: number): (object: string) => string {
  const changes: ((object: string) => string)[] = [];
  // A child without its parent's default: printed as stored, and stored with a type once it was printed.
  changes.push((object) => object.replace(/ DEFAULT NULL::[^,\n]+?(?=,?\n| NOT NULL)/g, " DEFAULT NULL"));
  const crosses = (major: number) => sourceMajor < major && targetMajor >= major;
  // 14 names the multirange type of every range type.
  if (crosses(14)) changes.push((object) => object.replace(MULTIRANGE, "$1"));
  // 14 says of a procedure's arguments that they are IN, now that there are others.
  if (crosses(14))
    changes.push((object) =>
      object.replace(/^(.*\bPROCEDURE ".*)$/gm, (line) => line.replace(/\bIN "/g, '"')),
    );
  // 14 says which operators and functions belong to the class and which to its family; they are compared among the contents.
  if (crosses(14)) changes.push(withoutFamilyMembers);
  // 17 has one privilege more, so that an owner without the others has lost everything only before.
  if (crosses(17))
    changes.push((object) => object.replace(/REVOKE (?:\w+,){6}\w+ ON TABLE/g, "REVOKE ALL ON TABLE"));
  // 16 qualifies columns in a view only where it must; what the view yields is compared among the rows.
  if (crosses(16)) changes.push(withoutQualifiersInViews);
  // 17 made json a keyword of its grammar.
  if (crosses(17)) changes.push((object) => object.replaceAll('"json"', "json"));
  // 18 gives NOT NULL constraints names, and pg_dump shows those that are not the default for a name.
  // A primary key added USING INDEX makes an inherited NOT NULL the child's own as well.
  if (crosses(18)) {
    changes.push((object) => object.replace(/ CONSTRAINT "(?:[^"]|"")+" NOT NULL/g, " NOT NULL"));
    changes.push((object) => object.replace(/^ +CONSTRAINT \S+ NOT NULL "(?:[^"]|"")+",?\n/gm, ""));
  }
  return (object) => changes.reduce((text, change) => change(text), object);
}

function withoutQualifiersInViews(object: string): string {
  if (!/^-- Name: .*; Type: (?:MATERIALIZED )?VIEW;/.test(object)) return object;
  return object.replace(/"(?:[^"]|"")+"\.(?=")/g, "");
}

function withoutFamilyMembers(object: string): string {
  if (!/^-- Name: .*; Type: OPERATOR (?:CLASS|FAMILY);/.test(object)) return object;
  const members = /^ +(?:STORAGE|OPERATOR|FUNCTION) .*\n/gm;
  return object
    .replace(members, "")
    .replace(/^ALTER OPERATOR FAMILY .* ADD\n/gm, "")
    .replace(/ AS$/gm, "");
}

const MULTIRANGE = /,\n +multirange_type_name = (?:"(?:[^"]|"")*"\.)?"(?:[^"]|"")*"(,?)/g;
