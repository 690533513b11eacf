import { addressOf, type Address } from '../../core/address.ts'
import { tag } from './description.ts'

/** Both only read (WANIPConnection:1 sections 2.4.9 and 2.4.18, in :2 the same). Gatehouse calls no other. */
export type Action = 'GetExternalIPAddress' | 'GetStatusInfo'

/** The body and the headers of a call without arguments (UPnP Device Architecture 1.1, section 3.1). */
export function soapCall(
  service: string,
  action: Action,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const envelope = 'http://schemas.xmlsoap.org/soap'
  return {
    headers: {
      'content-type': 'text/xml; charset="utf-8"',
      soapaction: `"${service}#${action}"`,
    },
    body:
      `<?xml version="1.0"?><s:Envelope xmlns:s="${envelope}/envelope/" s:encodingStyle="${envelope}/encoding/">` +
      `<s:Body><u:${action} xmlns:u="${service}"></u:${action}></s:Body></s:Envelope>`,
  }
}

/** `undefined`: it is no answer to that. `none`: it says that it has no address (empty, or 0.0.0.0). */
export function addressInSoap(xml: string): Address | 'none' | undefined {
  const text = tag(xml, 'NewExternalIPAddress')
  if (text === undefined) return undefined
  if (text === '' || text === '0.0.0.0') return 'none'
  const address = addressOf(text)
  return address?.family === 'ipv4' ? address : undefined
}

/** `Connected`, `Disconnected`, `Connecting` …; only Connected can carry anything. */
export const statusInSoap = (xml: string): string | undefined => tag(xml, 'NewConnectionStatus')
