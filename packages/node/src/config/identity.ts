/**
 * Options: how people and enterprises are verified. Each provider is there when what it needs is configured.
 * @module
 */
import { choiceOption, listOption, numberOption, textOption, type OptionGroup } from './option.ts'

/** How people and enterprises are verified. */
export const identityOptions = {
  identityCas: textOption(
    'PEM file of the CAs whose certificates prove who somebody is (`jurat identity verify x509`). Read at each verification. Empty: no such verification.',
  ),
  identityCrls: textOption(
    'PEM file of lists of revoked certificates of those CAs and of the CAs below them. Read at each verification: renew it before its lists end, or their certificates are refused. Without a list of an issuer its certificates are taken as `unchecked`.',
  ),
  smtpUrl: textOption(
    'Mail server for codes by e-mail: `smtps://USER:PASSWORD@HOST` or `smtp://...`, which must offer STARTTLS unless it is on this machine. Prefer the variable or the file: flags are seen by other users.',
  ),
  smtpFrom: textOption('Address that codes by e-mail come from.'),
  oidcIssuer: textOption(
    'Issuer (an https address) of an OpenID Connect provider by which people log in. Its answers must name exactly this issuer. Only for tests also http on this machine.',
  ),
  oidcClientId: textOption('What the provider calls this node.'),
  oidcClientSecret: textOption('Secret of this node at the provider; empty for a public client. Prefer the variable.'),
  oidcRedirects: listOption(
    'Addresses beside `http://127.0.0.1:<port>/callback` to which the provider may send people back, separated by `;`, compared whole.',
    (text) => text,
  ),
  oidcLevel: choiceOption<'contact' | 'provider'>(
    'contact',
    ['contact', 'provider'],
    'What a login there is worth: `contact`, or `provider` when the provider has looked at documents.',
  ),
  identityDays: numberOption(365, [1, 3_650], 'How long an identity statement holds, in days.'),
} as const satisfies OptionGroup
