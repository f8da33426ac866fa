/**
 * Routes of office work.
 * @module
 */
import { EventQuery, OfficeEvents } from './office.ts'
import { answer, routeTable } from './route.ts'

export const officeRoutes = routeTable({
  listEvents: {
    method: 'GET',
    path: '/v1/events',
    tag: 'office',
    summary: 'Changes of office work after a number, in order; of others only for admin',
    scope: 'read',
    query: EventQuery,
    answers: { 200: answer('the changes', OfficeEvents) },
  },
})
