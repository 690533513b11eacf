import type { Address } from '../../core/address.ts'
import { milliseconds, minutes, since, type Duration } from '../../core/duration.ts'
import { askRouter } from './datagram.ts'
import { connectionServices, type ConnectionService } from './description.ts'
import { beganAnew, type EpochSeen } from './epoch.ts'
import { exchangeWithRouter } from './http.ts'
import { addressRequest, portMappingPort, readNatPmp } from './nat-pmp.ts'
import { announceRequest, readPcp } from './pcp.ts'
import { findDescription } from './search.ts'
import { addressInSoap, soapCall, statusInSoap, type Action } from './soap.ts'
import { ssdpPort } from './ssdp.ts'

export type Language = 'NAT-PMP' | 'PCP' | 'UPnP'

/** What the router says about its address on the outer side. One voice among others, never the truth. */
export type RouterWord =
  | { readonly is: 'address'; readonly address: Address; readonly by: Language }
  /** It answers that it has none, or none that could be: not connected, or behind somebody else's NAT. */
  | { readonly is: 'none'; readonly because: string; readonly by: Language }
  /** It does not speak about such things. */
  | { readonly is: 'silent' }

export type Router = {
  /** Its address at home. */
  readonly address: string
  /** Asks now. Rejects only when the signal aborts. */
  word(signal: AbortSignal): Promise<RouterWord>
  /** Whether it restarted between the last two answers that told. Asking takes the news away. */
  beganAnew(): boolean
  /** What it was heard to speak so far. */
  speaks(): readonly Language[]
  /** Its UPnP service with the connection; `undefined` where it has none. */
  service(signal: AbortSignal): Promise<ConnectionService | undefined>
}

export type RouterOptions = {
  readonly now: () => Date
  /** Search by multicast too. Not where the owner said where the router is. */
  readonly multicast: boolean
  /** For tests: routers use the ports of the standards. */
  readonly ports?: { readonly mapping?: number; readonly ssdp?: number }
}

/** Who said nothing is not asked again so soon: most routers speak only one of the languages, many none. */
const silentFor: Duration = minutes(10)
/** RFC 6886 section 3.1, cut short: on a LAN what was lost twice is not there. */
const patience: readonly Duration[] = [milliseconds(250), milliseconds(500)]

/** A router at this address, asked in the languages that it turns out to speak. Never maps a port. */
export function routerAt(address: string, options: RouterOptions): Router {
  const port = options.ports?.mapping ?? portMappingPort
  const silence = new Map<Language, Date>()
  const spoke = new Set<Language>()
  let service: ConnectionService | undefined
  let seen: EpochSeen | undefined
  let anew = false

  const worthAsking = (language: Language): boolean => {
    const from = silence.get(language)
    return from === undefined || since(from, options.now()) > silentFor
  }
  const heard = (language: Language, answered: boolean): void => {
    if (answered) {
      spoke.add(language)
      silence.delete(language)
    } else if (!spoke.has(language)) silence.set(language, options.now())
  }
  const count = (epoch: number | undefined): void => {
    if (epoch === undefined) return
    const now = { epoch, at: options.now() }
    anew ||= seen !== undefined && beganAnew(seen, now)
    seen = now
  }

  async function byNatPmp(signal: AbortSignal): Promise<RouterWord> {
    if (!worthAsking('NAT-PMP')) return { is: 'silent' }
    const request = addressRequest
    const answer = await askRouter(
      { router: address, port, request, read: readNatPmp, patience },
      signal,
    )
    if (signal.aborted) return { is: 'silent' }
    // Result 1: it speaks another version, which is PCP.
    heard('NAT-PMP', answer !== undefined && answer.result !== 1)
    if (answer === undefined || answer.result === 1) return { is: 'silent' }
    count(answer.epoch)
    const by = 'NAT-PMP'
    return answer.address
      ? { is: 'address', address: answer.address, by }
      : { is: 'none', because: natPmpReason(answer.result), by }
  }

  /** Tells no address, but whether it restarted. */
  async function byPcp(signal: AbortSignal): Promise<void> {
    if (!worthAsking('PCP')) return
    const request = announceRequest
    const answer = await askRouter(
      { router: address, port, request, read: readPcp, patience },
      signal,
    )
    if (signal.aborted) return
    heard('PCP', answer !== undefined)
    if (!spoke.has('NAT-PMP')) count(answer?.epoch)
  }

  const call = async (to: ConnectionService, action: Action, signal: AbortSignal) => {
    const answer = await exchangeWithRouter(
      to.control,
      { method: 'POST', ...soapCall(to.type, action) },
      signal,
    )
    return answer.status === 200 ? answer.text : undefined
  }

  async function find(signal: AbortSignal): Promise<ConnectionService | undefined> {
    if (service || !worthAsking('UPnP')) return service
    try {
      const at = await findDescription(
        { router: address, port: options.ports?.ssdp ?? ssdpPort, multicast: options.multicast },
        signal,
      )
      const description = at && (await exchangeWithRouter(at, { method: 'GET' }, signal))
      const found = description && connectionServices(description.text, at)
      service = found && (await connected(found, signal))
    } catch {
      // Broken off, or no description: the same as none.
    }
    signal.throwIfAborted()
    heard('UPnP', service !== undefined)
    return service
  }

  /** A router with several lines has a service for each: the one that is connected, or else the first. */
  async function connected(
    services: readonly ConnectionService[],
    signal: AbortSignal,
  ): Promise<ConnectionService | undefined> {
    if (services.length < 2) return services[0]
    for (const each of services.slice(0, 6)) {
      const said = await call(each, 'GetStatusInfo', signal).catch(() => undefined)
      if (said !== undefined && statusInSoap(said) === 'Connected') return each
    }
    return services[0]
  }

  async function byUpnp(signal: AbortSignal): Promise<RouterWord> {
    const found = await find(signal)
    if (!found) return { is: 'silent' }
    try {
      const said = addressInSoap((await call(found, 'GetExternalIPAddress', signal)) ?? '')
      if (said === undefined) return { is: 'silent' }
      if (said !== 'none') return { is: 'address', address: said, by: 'UPnP' }
      const status = statusInSoap((await call(found, 'GetStatusInfo', signal)) ?? '')
      const because = status === undefined ? 'it says none' : `its connection is "${status}"`
      return { is: 'none', because, by: 'UPnP' }
    } catch {
      signal.throwIfAborted()
      // It may have restarted with other addresses for its services.
      service = undefined
      return { is: 'silent' }
    }
  }

  return {
    address,
    async word(signal) {
      const first = await byNatPmp(signal)
      signal.throwIfAborted()
      if (first.is === 'address') return first
      const [second] = await Promise.all([byUpnp(signal), byPcp(signal)])
      return second.is === 'address' || first.is === 'silent' ? second : first
    },
    beganAnew() {
      const told = anew
      anew = false
      return told
    },
    speaks: () => [...spoke],
    service: find,
  }
}

const natPmpReason = (result: number): string =>
  result === 3 ? 'it has no connection to the provider' : `it answers with error ${result}`
