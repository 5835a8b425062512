/**
 * The person behind the seal, as their own phone shows them: the card, and what each scope would say about them. Derived
 * values follow the server's rules (profile, section 6) so that the person sees what the service would; the server alone
 * decides what a token says.
 */

import { dateText } from "./catalogue.js";
import { base64 } from "./encoding.js";
import { now } from "./http.js";
import { byId, element, portraitSource } from "./view.js";

const AGE_RANGES = [13, 16, 18, 21, 25, 35, 45, 55, 65];
const EU_STATES = new Set(
  "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE D".split(
    " ",
  ),
);

/** Completed years in UTC; born on 29 February counts on 1 March in a common year. */
function age(birthDate) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate ?? "");
  if (!match) return null;
  const [year, month, day] = match.slice(1).map(Number);
  const today = new Date(now());
  const before = (today.getUTCMonth() + 1 - month || today.getUTCDate() - day) < 0;
  return today.getUTCFullYear() - year - (before ? 1 : 0);
}

function ageRange(years) {
  const next = AGE_RANGES.findIndex((bound) => years < bound);
  if (next === -1) return "65+";
  return `${next === 0 ? 0 : AGE_RANGES[next - 1]}-${AGE_RANGES[next] - 1}`;
}

const fullName = ({ givenName, familyName }) => [givenName, familyName].filter(Boolean).join(" ");

/** "J. D.": the first letters, by code point. */
const initials = ({ givenName, familyName }) =>
  [givenName, familyName]
    .filter(Boolean)
    .map((name) => `${[...name][0]}.`)
    .join(" ");

/** What granting `scope` would tell the service, or null where this phone does not know. */
export function valueOf(scope, holder) {
  const years = age(holder.birthDate);
  const over = /^identity:age_over_(\d+)$/.exec(scope);
  if (over) return years === null ? null : `${years >= Number(over[1]) ? "Yes" : "No"}, without your birth date`;
  switch (scope) {
    case "identity:name":
      return fullName(holder);
    case "identity:given_name":
      return holder.givenName;
    case "identity:family_name":
      return holder.familyName;
    case "identity:date_of_birth":
      return holder.birthDate && dateText(holder.birthDate);
    case "identity:nationality":
      return holder.nationality;
    case "identity:document":
      return holder.documentNumber;
    case "identity:photo":
      return holder.photo ? "The portrait in your seal" : "Your seal has no portrait";
    case "identity:trust_level":
      return "How your document was checked";
    case "identity:age_range":
      return years === null ? null : `${ageRange(years)}, without your birth date`;
    case "identity:is_eu_citizen":
      return `${EU_STATES.has(holder.nationality) ? "Yes" : "No"}, without your nationality`;
    case "identity:name_initial":
      return initials(holder);
    default:
      return null;
  }
}

/** The credential card. The birth date is masked: someone may look over the shoulder. */
export function showHolder(holder, expiresAt) {
  byId("holder-name").textContent = fullName(holder);
  byId("holder-birth").textContent = holder.birthDate ? `••.••.${holder.birthDate.slice(0, 4)}` : "not stated";
  byId("holder-nationality").textContent = holder.nationality ?? "not stated";
  byId("holder-expiry").textContent = dateText(holder.expiry ?? expiresAt);
  const photo =
    holder.photo?.length > 0
      ? element("img", { src: portraitSource(base64(holder.photo)), alt: "" })
      : initials(holder).replaceAll(/[. ]/g, "");
  byId("holder-photo").replaceChildren(photo);
}
