/**
 * Compiled checks of the route table's schemas, made on first use.
 * @module
 */
import type { TObject, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { ProblemError } from './problems.ts'

/** Places that a problem document names at most; more would help nobody and cost bytes. */
const errorsMax = 10

const compiled = new WeakMap<TSchema, ReturnType<typeof Compile>>()

/** Checks untrusted `value`. @throws ProblemError with the places that are wrong. */
export function validate(schema: TSchema, value: unknown, code: 'body-malformed' | 'request-malformed'): void {
  let check = compiled.get(schema)
  if (check === undefined) {
    check = Compile(schema)
    compiled.set(schema, check)
  }
  if (check.Check(value)) return
  const errors = check.Errors(value).slice(0, errorsMax)
  throw new ProblemError(code, {
    errors: errors.map(({ instancePath, message }) => ({ path: instancePath, message })),
  })
}

/** Checks the query of a request. Values are always strings; a repeated name is refused. */
export function validateQuery(schema: TObject, query: Readonly<Record<string, unknown>>): void {
  validate(schema, query, 'request-malformed')
}
