import { addressOf, networkRange, within, type Address } from '../../core/address.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { isAddressType, type Desired, type Observed } from './types.ts'

/** Records of any type that name the home's address in clear: whoever reads the zone finds the home. */
export function leaks(
  { names, addresses, formerly = [] }: Desired,
  { records }: Observed,
): Finding[] {
  const homes = [addresses.ipv4, addresses.ipv6].flatMap((fact) =>
    fact.is === 'known' ? [fact.value] : [],
  )
  const blind =
    homes.length > 0
      ? []
      : [
          unseen(
            'dns/leaks-address',
            'the home address is not known, so the zone could not be searched for it',
            'see why the public address is not known',
          ),
        ]
  // The home's own names are judged one by one (dns/not-proxied).
  const others = records.filter(
    ({ proxied, name, type }) => !proxied && !(names.includes(name) && isAddressType(type)),
  )
  const found = others.flatMap(({ type, name, content }) => {
    const said = mentioned(content)
    const now = homes.find(said)
    const before = formerly.find(said)
    const what = now
      ? `the home address ${now.text}`
      : before && `the former home address ${before.text}`
    return what === undefined
      ? []
      : [
          finding(
            'dns/leaks-address',
            `${type} ${name} publishes ${what}`,
            'switch it to "Proxied", or remove it; an address that was public once stays known',
          ),
        ]
  })
  return [...blind, ...found]
}

/** A range this narrow names one household (a /24 in SPF, a delegated /48); a wider one names a provider. */
const narrowest = { ipv4: 24, ipv6: 48 }

const ipv4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?!\d|\.\d)/g
const ipv6 = /[0-9a-f]*:[0-9a-f:.]+(?:\/\d{1,3})?/gi

/** Whether an address stands in the text: as a word of its own (192.0.2.1 is not in 192.0.2.10), in any spelling, or in a narrow range. */
function mentioned(content: string): (address: Address) => boolean {
  // SPF (RFC 7208 section 5.6) writes the family before the address.
  const text = content.replace(/\bip[46]:/gi, ' ')
  const words = [...(text.match(ipv4) ?? []), ...(text.match(ipv6) ?? [])].map((word) =>
    word.replace(/\.+$/, ''),
  )
  return (address) =>
    words.some((word) => {
      const range = networkRange(word)
      return range
        ? range.bits >= narrowest[range.family] && within(address, range)
        : addressOf(word)?.text === address.text
    })
}
