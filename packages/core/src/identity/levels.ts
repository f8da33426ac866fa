/**
 * Levels of identity: how much somebody did before a statement was signed. docs/spec/identity-statement.md.
 * @module
 */

/** Every level by its number in a statement. */
export const identityLevels = {
  /** The holder said so; nobody looked. */
  declared: 1,
  /** The holder answered at an address or an account elsewhere. */
  contact: 2,
  /** The holder signed with the key of an X.509 certificate below a CA that the operator trusts. */
  certificate: 3,
  /** A provider that looks at documents vouches for the person or the enterprise. */
  provider: 4,
  /** The form of such a provider, without anybody who looks: for tests. It is worth nothing, and below every other. */
  sandbox: 9,
} as const

/** Name of a level. */
export type IdentityLevel = keyof typeof identityLevels

/** The levels from the least to the highest. */
export const levelsAscending: readonly IdentityLevel[] = ['sandbox', 'declared', 'contact', 'certificate', 'provider']

/** The level of a number, or null. */
export function identityLevelOf(number: number): IdentityLevel | null {
  return levelsAscending.find((level) => identityLevels[level] === number) ?? null
}

/** The highest of some levels; null of none. */
export function highestLevel(levels: readonly IdentityLevel[]): IdentityLevel | null {
  return levelsAscending.findLast((level) => levels.includes(level)) ?? null
}
