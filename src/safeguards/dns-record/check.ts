import type { Family } from '../../core/address.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { isBeyondUniversalSsl, zoneTrouble } from '../../core/zone.ts'
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
  const trouble = zoneTrouble(zone)
  return trouble ? [finding(trouble.code, trouble.says, trouble.hint)] : []
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
    ...(isBeyondUniversalSsl(name, zone)
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
