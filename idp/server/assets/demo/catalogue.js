/**
 * Scopes and claims in plain language, and which attribute of the seal each scope takes (claims catalogue of the profile,
 * section 6). What a scope *discloses* to the identity provider and what it *releases* to the service differ for derived
 * claims: "over 18" may need the birth date, the service never receives it.
 */

const scope = (label, claims, discloses, releases = discloses) => ({ label, claims, discloses, releases });

const SCOPES = {
  "identity:name": scope("Name", ["name"], ["given_name", "family_name"]),
  "identity:given_name": scope("Given name", ["given_name"], ["given_name"]),
  "identity:family_name": scope("Family name", ["family_name"], ["family_name"]),
  "identity:date_of_birth": scope("Date of birth", ["birthdate"], ["birthdate"]),
  "identity:nationality": scope("Nationality", ["nationality"], ["nationality"]),
  "identity:document": scope("Document number", ["document_number"], ["document_number"]),
  "identity:photo": scope("Photo", ["picture"], ["picture"]),
  "identity:trust_level": scope("Trust level", ["trust_level"], []),
  "identity:age_over_18": scope("Over 18", ["age_over_18"], ["age_over_18"], []),
  "identity:age_over_21": scope("Over 21", ["age_over_21"], ["age_over_21"], []),
  "identity:age_over_25": scope("Over 25", ["age_over_25"], ["age_over_25"], []),
  "identity:age_range": scope("Age range", ["age_range"], ["birthdate"], []),
  "identity:is_eu_citizen": scope("EU citizen", ["is_eu_citizen"], ["nationality"], []),
  "identity:name_initial": scope("Initials", ["name_initial"], ["given_name", "family_name"], []),
};

const NAME_AND_TRUST = ["identity:name", "identity:trust_level"];
const FULL = [
  "identity:name",
  "identity:date_of_birth",
  "identity:nationality",
  "identity:document",
  "identity:trust_level",
];

const COMPOSITES = {
  "identity:basic": { label: "Basic identity", atoms: NAME_AND_TRUST },
  "identity:age_verification": { label: "Age check with name", atoms: ["identity:age_over_18", "identity:name"] },
  "identity:full": { label: "Full identity", atoms: FULL },
  "identity:full_with_photo": { label: "Full identity with photo", atoms: [...FULL, "identity:photo"] },
};

const CLAIM_LABELS = {
  name: "Name",
  given_name: "Given name",
  family_name: "Family name",
  birthdate: "Date of birth",
  nationality: "Nationality",
  document_number: "Document number",
  picture: "Photo",
  trust_level: "Trust level",
  age_over_18: "Over 18",
  age_over_21: "Over 21",
  age_over_25: "Over 25",
  age_range: "Age range",
  is_eu_citizen: "EU citizen",
  name_initial: "Initials",
};

const TRUST_LEVELS = { 1: "1, self-issued", 2: "2, checked by an operator", 3: "3, read from the document's chip" };

export const scopeLabel = (name) => SCOPES[name]?.label ?? COMPOSITES[name]?.label ?? name;

/** Composites become what they stand for; each scope once, order kept. */
export const expandScopes = (names) => [...new Set(names.flatMap((name) => COMPOSITES[name]?.atoms ?? [name]))];

/** The flat claim names that a token may carry, in the order in which a person reads them. */
export const CLAIM_NAMES = Object.keys(CLAIM_LABELS);

export const claimLabel = (name) => CLAIM_LABELS[name] ?? name;

/** A claim's value for a person; photos are shown as pictures by the caller. */
export function claimText(name, value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (name === "trust_level") return TRUST_LEVELS[value] ?? String(value);
  if (name === "birthdate") return dateText(value);
  return String(value);
}

export function dateText(value) {
  const date = new Date(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value);
  if (Number.isNaN(date.getTime())) return String(value);
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

/**
 * The disclosures that a grant needs, given those that the credential has: an age that the credential states is taken as
 * such, otherwise it is derived from the birth date (profile 1, item 3).
 */
export function disclosuresFor(scopes, available) {
  const needed = new Set();
  for (const name of scopes) {
    for (const attribute of SCOPES[name]?.discloses ?? []) {
      const derived = attribute.startsWith("age_over_") && !available.has(attribute);
      needed.add(derived ? "birthdate" : attribute);
    }
  }
  return needed;
}

/** What the service will not receive, as a person would ask for it: everything withheld, asked for or not. */
export function withheld(granted, requested) {
  const released = new Set(granted.flatMap((name) => SCOPES[name]?.releases ?? []));
  const list = [];
  const givenAway = ["given_name", "family_name"].filter((attribute) => released.has(attribute));
  if (givenAway.length === 0) list.push("Your name");
  if (givenAway.length === 1) list.push(givenAway[0] === "given_name" ? "Your family name" : "Your given name");
  if (!released.has("birthdate")) list.push("Your date of birth");
  if (!released.has("nationality")) list.push("Your nationality");
  if (!released.has("document_number")) list.push("Your document number");
  if (!released.has("picture")) list.push("Your photo");
  for (const name of requested) {
    const hidden = !granted.includes(name) && SCOPES[name]?.releases.length === 0;
    if (hidden) list.push(`${scopeLabel(name)} (switched off)`);
  }
  return [...list, "Your face data"];
}
