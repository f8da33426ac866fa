/**
 * Ways to other members that differ from the addresses of the consortium document: behind a relay, or within a site.
 * @module
 */
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import type { MemberRoute } from '../config/values.ts'
import type { MemberLinks } from '../log/members/links.ts'

/** A document whose members are dialled by the routes. Only for dialling: it is no document of the ledger. */
export function routedDocument(document: ConsortiumDocument, routes: readonly MemberRoute[]): ConsortiumDocument {
  const members = document.members.map((member) => ({ ...member, addresses: routed(member, routes) }))
  return { ...document, members }
}

/** Links that dial by the routes. */
export function routedLinks(links: MemberLinks, routes: readonly MemberRoute[]): MemberLinks {
  return {
    start: (handler) => links.start(handler),
    setMembers: (members) =>
      links.setMembers(members.map((member) => ({ ...member, addresses: routed(member, routes) }))),
    send: (member, message) => links.send(member, message),
    stop: () => links.stop(),
  }
}

/** The addresses of a member: those of the routes take the place of those with the same scheme. */
function routed(
  { name, addresses }: { readonly name: string; readonly addresses: readonly string[] },
  routes: readonly MemberRoute[],
): string[] {
  const own = routes.filter(({ member }) => member === name).map(({ address }) => address)
  const schemes = new Set(own.map(schemeOf))
  return [...own, ...addresses.filter((address) => !schemes.has(schemeOf(address)))]
}

const schemeOf = (address: string): string => address.split(':', 1)[0] ?? ''
