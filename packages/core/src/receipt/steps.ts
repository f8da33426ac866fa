/**
 * The steps of a verification, by name and in order. What each one looks at: docs/spec/verification.md.
 * @module
 */

/** Every step. */
export const steps = [
  'shape',
  'digest',
  'commitment',
  'entry',
  'inclusion',
  'log-signature',
  'quorum',
  'depositor-signature',
  'account-standing',
  'time',
  'finality',
  'flow',
  'statements',
] as const

/** Name of a step. */
export type StepName = (typeof steps)[number]

/** Steps that every profile requires: without them nothing is known about the original or the log. */
export const alwaysRequired: readonly StepName[] = ['shape', 'digest', 'entry', 'inclusion', 'log-signature', 'quorum']

/** What a profile requires unless the operator chooses otherwise. */
export const defaultRequired: readonly StepName[] = [...alwaysRequired, 'depositor-signature', 'account-standing']

/** Whether a text is the name of a step. */
export function isStepName(text: string): text is StepName {
  return (steps as readonly string[]).includes(text)
}

/** Names in the order of {@link steps}, each once. */
export function sortSteps(given: readonly StepName[]): StepName[] {
  return steps.filter((step) => given.includes(step))
}
