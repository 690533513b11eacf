import type { Family } from '../../core/address.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { depthBelow } from '../../core/name.ts'
import { leaks } from './leaks.ts'
import {
  comment,
  isAddressType,
  isOurs,
  typeOf,
  type Desired,
  type Found,
  type Observed,
} from './types.ts'

/** What is wrong with the records of the names, and what else in the zone gives the home away. */
export function check(desired: Desired, observed: Observed): readonly Finding[] {
  return [
    ...zoneFindings(observed),
    ...(desired.trouble ?? []),
    ...addressFindings(desired),
    ...desired.names.flatMap((name) => nameFindings(name, desired, observed)),
    ...leaks(desired, observed),
  ]
}

function zoneFindings({ zone }: Observed): Finding[] {
  if (zone.paused) {
    return [
      finding(
        'zone/paused',
        `the zone ${zone.name} is paused, so its names answer with the home address`,
        `resume Cloudflare for ${zone.name} (dashboard, Overview, Advanced Actions)`,
      ),
    ]
  }
  if (zone.status === 'active' && zone.type !== 'full') {
    return [
      finding(
        'zone/partial',
        `${zone.name} is a ${zone.type} zone: other name servers than Cloudflare's answer for it`,
        `make it a full zone: enter Cloudflare's name servers at the registrar of ${zone.name}`,
      ),
    ]
  }
  if (zone.status === 'active') return []
  const hint =
    zone.status === 'pending'
      ? 'enter the name servers that Cloudflare shows at your registrar'
      : 'look at the overview of the zone in the dashboard'
  return [finding('zone/not-active', `the zone ${zone.name} is ${zone.status}`, hint)]
}

/** One family is enough: the edge reaches the home by it, whatever the visitor has. */
function addressFindings({ addresses: { ipv4, ipv6 } }: Desired): Finding[] {
  if (ipv4.is === 'known' || ipv6.is === 'known') return []
  const because = [ipv4, ipv6].flatMap((fact) => (fact.is === 'unknown' ? [fact.because] : []))
  return [
    finding(
      'address/unknown',
      `the public address of the home is not known: ${because.join('; ') || 'there is none'}`,
      'the records stay as they are; check the connection, or say the address with address.ipv4 or address.ipv6',
    ),
  ]
}

function nameFindings(name: string, desired: Desired, { zone, records }: Observed): Finding[] {
  const here = records.filter((record) => record.name === name && isAddressType(record.type))
  const findings = (['ipv4', 'ipv6'] as const).flatMap((family) =>
    familyFindings(name, family, desired, here),
  )
  const exposed = here.filter(({ proxied }) => !proxied)
  const foreign = here.filter((record) => !isOurs(record))
  return [
    ...(here.length === 0
      ? [finding('dns/missing', `${name} has no record`, 'run `gatehouse apply`')]
      : []),
    ...exposed.map(({ type, content }) =>
      finding(
        'dns/not-proxied',
        `${type} ${name} publishes ${content}`,
        'run `gatehouse apply`, or switch the record to "Proxied"',
      ),
    ),
    ...foreign.map(({ type, content }) =>
      finding(
        'dns/foreign-record',
        `${type} ${name} → ${content} was not made by Gatehouse`,
        `delete it, or set its comment to "${comment}"`,
      ),
    ),
    ...(depthBelow(name, zone.name) > 1 && zone.type === 'full'
      ? [
          finding(
            'dns/no-edge-certificate',
            `${name} stands more than one label below ${zone.name}, where Universal SSL ends`,
            `use a name like ${name.split('.')[0] ?? 'ha'}.${zone.name}`,
          ),
        ]
      : []),
    ...findings,
  ]
}

function familyFindings(
  name: string,
  family: Family,
  { addresses }: Desired,
  here: readonly Found[],
): Finding[] {
  const type = typeOf[family]
  const mine = here.filter((record) => record.type === type)
  const address = addresses[family]
  const wrong =
    address.is === 'known' ? mine.filter(({ content }) => content !== address.value.text) : []
  return [
    ...(address.is === 'known' && mine.length === 0 && here.length > 0 && here.every(isOurs)
      ? [finding('dns/missing', `${name} has no ${type} record`, 'run `gatehouse apply`')]
      : []),
    ...(mine.length > 1
      ? [
          finding(
            'dns/duplicate',
            `${name} has ${mine.length} ${type} records`,
            'run `gatehouse apply`',
          ),
        ]
      : []),
    ...(address.is === 'unknown' && mine.length > 0
      ? [
          unseen(
            'dns/wrong-address',
            `whether ${type} ${name} points to this home is not known (${address.because})`,
            'see why the public address is not known',
          ),
        ]
      : []),
    ...wrong.map(({ content }) =>
      finding(
        'dns/wrong-address',
        `${type} ${name} points to ${content}, the home is at ${address.is === 'known' ? address.value.text : ''}`,
        'run `gatehouse apply`',
      ),
    ),
  ]
}
