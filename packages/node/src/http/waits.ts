/**
 * The query that says how long an answer waits, in the few forms that the fast addresses recognise.
 * @module
 */

/** Whether a URL asks to wait for the quorum; nothing for URLs that the application must read. */
export function waits(path: string): ReadonlyMap<string, boolean> {
  return new Map([
    [path, false],
    [`${path}?wait=committed`, false],
    [`${path}?wait=witnessed`, true],
  ])
}
