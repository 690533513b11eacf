import { tag } from './description.ts'

/** The seconds of a subscription that we ask for; half an hour is what routers give anyway. */
export const subscriptionSeconds = 1800

/** A new subscription (UPnP Device Architecture 1.1, section 4.1.2). */
export const subscribeHeaders = (callback: string): Readonly<Record<string, string>> => ({
  callback: `<${callback}>`,
  nt: 'upnp:event',
  timeout: `Second-${subscriptionSeconds}`,
})

/** The same one, for longer (section 4.1.3). */
export const renewHeaders = (sid: string): Readonly<Record<string, string>> => ({
  sid,
  timeout: `Second-${subscriptionSeconds}`,
})

/** For how many seconds it was granted: what was said, but no less than a minute and no more than a day. */
export function grantedSeconds(header: string | undefined): number {
  const said = Number(/^Second-(\d{1,9})$/iu.exec(header?.trim() ?? '')?.[1] ?? subscriptionSeconds)
  return Math.min(86_400, Math.max(60, said))
}

/** Whether an event is about the connection. What it says of the address is not read: it may be the old one. */
export const isAboutConnection = (xml: string): boolean =>
  tag(xml, 'ExternalIPAddress') !== undefined || tag(xml, 'ConnectionStatus') !== undefined
