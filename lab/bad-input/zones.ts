import type { Zone } from '../simulators/cloudflare/state.ts'
import type { World } from '../world/world.ts'
import { anotherName, type BadInput } from './bad-input.ts'

function change({ zone }: World, to: Partial<Zone>): () => void {
  const { status, paused, type } = zone
  Object.assign(zone, to)
  return () => void Object.assign(zone, { status, paused, type })
}

const plan = ['plan']

export const zones: readonly BadInput[] = [
  {
    name: 'a zone that the account does not have',
    environment: () => ({ GATEHOUSE_NAMES: 'ha.example.org' }),
    exit: 1,
    code: 'zone/not-found',
    says: /no zone for ha\.example\.org can be seen with this token/,
    hint: /add the domain at Cloudflare.*cloudflare\.zone_id/,
  },
  {
    name: 'a zone that waits for its name servers',
    plant: (world) => change(world, { status: 'pending' }),
    environment: anotherName,
    exit: 1,
    code: 'zone/not-active',
    says: /the zone example\.com is pending/,
    hint: /enter the name servers.*at your registrar/,
  },
  {
    name: 'a zone that is paused, looked at',
    plant: (world) => change(world, { paused: true }),
    environment: anotherName,
    argv: plan,
    exit: 2,
    code: undefined,
    says: /the zone example\.com is paused, so its names answer with the home address/,
    hint: /resume Cloudflare for example\.com/,
  },
  {
    name: 'a zone that other name servers answer for',
    plant: (world) => change(world, { type: 'partial' }),
    environment: anotherName,
    exit: 1,
    code: 'zone/partial',
    says: /other name servers than Cloudflare's answer for it/,
    hint: /make it a full zone/,
  },
  {
    name: 'a name two labels deep, looked at',
    environment: () => ({ GATEHOUSE_NAMES: 'ha.home.example.com' }),
    argv: plan,
    exit: 2,
    code: undefined,
    says: /the edge has no certificate for ha\.home\.example\.com/,
    hint: /use a name like ha\.example\.com/,
  },
  {
    name: 'a record of somebody else in the way, looked at',
    plant({ zone, addresses }) {
      zone.records.push({
        id: 'foreign',
        type: 'A',
        name: 'two.example.com',
        content: addresses.stranger,
        proxied: true,
        ttl: 1,
        comment: null,
        createdOn: '',
        modifiedOn: '',
      })
      return () => void zone.records.pop()
    },
    environment: anotherName,
    argv: plan,
    exit: 2,
    code: undefined,
    says: /A two\.example\.com → \S+ was not made by Gatehouse and is left/,
    hint: /delete it, or hand it over by setting its comment/,
  },
]
